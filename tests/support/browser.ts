import { execFileSync } from 'node:child_process';
import { type Browser, type BrowserContext, type LaunchOptions, chromium } from 'playwright-core';
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

/** An installed Chromium or Chrome. */
export const launch = (args: string[] = []): Promise<Browser> => chromium.launch(options(args));

/** A browser with a profile on disk, which survives its death. */
export const launchProfile = (folder: string, args: string[] = []): Promise<BrowserContext> =>
	chromium.launchPersistentContext(folder, {
		...options(args),
		viewport: { width: 1280, height: 900 }
	});

/** Ends every process of a profile's browser at once, as a crash would. */
export function killProfile(folder: string): void {
	try {
		execFileSync('pkill', ['-9', '-f', '--', `--user-data-dir=${folder}`]);
	} catch {
		// nothing was left to end
	}
}
