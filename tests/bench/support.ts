import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { build } from 'vite';
import type { Page } from 'playwright-core';
import { litertModule } from '../../tools/litert-module.mjs';
import { launch } from '../support/browser.ts';
import { root } from '../support/paths.ts';

/** One figure beside its peer, as `npm run bench` prints it. */
export interface Figure {
	name: string;
	ours: number;
	peer: number | null;
	unit: string;
	/** ours over peer, or null where there is none */
	ratio: number | null;
	/** what must show */
	goal: string;
	[more: string]: unknown;
}

export const round = (value: number, digits = 3): number => Number(value.toPrecision(digits));

export const figure = (
	name: string,
	ours: number,
	peer: number | null,
	unit: string,
	goal: string,
	more: object = {}
): Figure => ({
	name,
	ours: round(ours),
	peer: peer === null ? null : round(peer),
	unit,
	ratio: peer === null ? null : round(ours / peer),
	goal,
	...more
});

export const median = (values: number[]): number => {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)]!;
};

const types: Record<string, string> = {
	'.html': 'text/html',
	'.js': 'text/javascript',
	'.mjs': 'text/javascript',
	'.wasm': 'application/wasm'
};

/** Builds the bench page and opens it in Chromium, cross-origin isolated. */
export async function withBenchPage<T>(run: (page: Page) => Promise<T>): Promise<T> {
	const out = join(root, '.cache/bench-page');
	await build({
		root: join(root, 'tests/bench/page'),
		configFile: false,
		logLevel: 'error',
		publicDir: join(root, 'static'),
		build: { outDir: out, emptyOutDir: true, target: 'es2022' },
		worker: { format: 'es', plugins: () => [litertModule()] }
	});
	const server = createServer((request, response) => {
		const path = new URL(request.url ?? '/', 'http://localhost').pathname;
		const file = path.startsWith('/peer/')
			? join(root, 'node_modules/@vladmandic/face-api/model', path.slice('/peer/'.length))
			: join(out, path === '/' ? 'index.html' : path);
		try {
			const bytes = readFileSync(file);
			response.writeHead(200, {
				'Content-Type': types[extname(file)] ?? 'application/octet-stream',
				'Cross-Origin-Opener-Policy': 'same-origin',
				'Cross-Origin-Embedder-Policy': 'require-corp'
			});
			response.end(bytes);
		} catch {
			response.writeHead(404).end();
		}
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const address = server.address();
	const port = typeof address === 'object' && address ? address.port : 0;
	const browser = await launch();
	try {
		const page = await browser.newPage();
		page.setDefaultTimeout(0);
		await page.goto(`http://localhost:${port}/`);
		return await run(page);
	} finally {
		await browser.close();
		server.close();
	}
}
