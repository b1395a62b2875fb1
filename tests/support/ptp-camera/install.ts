// Gives the pages of a test's browser cameras that are not there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { build } from 'vite';
import { root } from '../paths.ts';
import type { Cameras } from './page.ts';

declare global {
	interface Window {
		cameras: Cameras;
	}
}

let bundle: Promise<string> | null = null;

/** The simulated cameras as one script. */
function bundled(): Promise<string> {
	bundle ??= build({
		configFile: false,
		resolve: { alias: { '#shared': join(root, 'shared') } },
		logLevel: 'silent',
		build: {
			write: false,
			minify: false,
			target: 'es2022',
			lib: {
				entry: join(root, 'tests/support/ptp-camera/page.ts'),
				formats: ['iife'],
				name: 'simulated'
			}
		}
	}).then((built) => {
		const [first] = [built].flat();
		return (first as { output: { code: string }[] }).output[0]!.code;
	});
	return bundle;
}

/** What a page is told before its own code runs. */
type Plug = Parameters<Cameras['plug']>[0];

/**
 * Plugs cameras into every page of a context.
 * @param photos JPEGs that they take, or where those lie
 */
export async function withCameras(
	context: BrowserContext,
	photos: (string | Uint8Array)[],
	plugs: Plug[]
): Promise<void> {
	const pictures = photos.map((photo) =>
		(typeof photo === 'string' ? readFileSync(photo) : Buffer.from(photo)).toString('base64')
	);
	await context.addInitScript({
		content: `${await bundled()};
			window.cameras = simulated.installCameras(${JSON.stringify(pictures)}.map((text) =>
				Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))));
			for (const plug of JSON.parse(localStorage.getItem('plugs') ?? ${JSON.stringify(JSON.stringify(plugs))}))
				window.cameras.plug(plug);`
	});
}

/** What the next load of the page finds plugged in. */
export const plugNextTime = (page: Page, plugs: Plug[]): Promise<void> =>
	page.evaluate((text) => localStorage.setItem('plugs', text), JSON.stringify(plugs));
