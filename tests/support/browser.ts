import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import {
	type Browser,
	type BrowserContext,
	type LaunchOptions,
	type Page,
	chromium
} from 'playwright-core';
import { chromiumPath } from '../../tools/chromium.mjs';

const quiet = [
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
	...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])
];

const options = (args: string[]): LaunchOptions => ({
	executablePath: chromiumPath(),
	args: [...quiet, ...args]
});

const launched: (() => BrowserContext[])[] = [];

/** Pages of all browsers that were launched and are still there. */
export const openPages = (): Page[] =>
	launched.flatMap((contexts) => contexts().flatMap((context) => context.pages()));

/** An installed Chromium or Chrome. */
export async function launch(args: string[] = []): Promise<Browser> {
	const browser = await chromium.launch(options(args));
	launched.push(() => browser.contexts());
	return browser;
}

/** A browser with a profile on disk, which survives its death. */
export async function launchProfile(folder: string, args: string[] = []): Promise<BrowserContext> {
	const context = await chromium.launchPersistentContext(folder, {
		...options(args),
		viewport: { width: 1280, height: 900 }
	});
	launched.push(() => [context]);
	return context;
}

/** Ends the process that draws for a profile's browser, as a driver that fails does. */
export function killGraphics(folder: string): void {
	const read = (pid: string, what: string) => {
		try {
			return readFileSync(`/proc/${pid}/${what}`, 'utf8');
		} catch {
			return ''; // it has ended
		}
	};
	const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
	const isOurs = (pid: string): boolean =>
		Number(pid) > 1 &&
		(read(pid, 'cmdline').includes(`--user-data-dir=${folder}`) ||
			isOurs(read(pid, 'status').match(/^PPid:\s+(\d+)/m)?.[1] ?? '0'));
	const drawing = pids.filter((pid) => read(pid, 'cmdline').includes('--type=gpu-process'));
	for (const pid of drawing.filter(isOurs)) process.kill(Number(pid), 'SIGKILL');
}

/** Ends every process of a profile's browser at once, as a crash would. */
export function killProfile(folder: string): void {
	try {
		execFileSync('pkill', ['-9', '-f', '--', `--user-data-dir=${folder}`]);
	} catch {
		// nothing was left to end
	}
}
