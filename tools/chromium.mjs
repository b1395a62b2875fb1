// Finds an installed Chromium or Chrome; on Debian as root it is installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const places = [
	process.env.CHROMIUM_PATH,
	'/usr/bin/chromium',
	'/usr/bin/chromium-browser',
	'/usr/bin/google-chrome-stable',
	'/usr/bin/google-chrome',
	'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
	'/Applications/Chromium.app/Contents/MacOS/Chromium',
	'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
	'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe'
];

const find = () => places.find((place) => place && existsSync(place));

/** @returns {string} path of the browser @throws Error that says what to do */
export function chromiumPath() {
	const found = find();
	if (found) return found;
	throw new Error(
		'The tests need Chromium or Chrome. Install one (on Debian: apt-get install chromium), or name it with CHROMIUM_PATH.'
	);
}

/** Installs Chromium where that is possible without asking: Debian, as root. */
export function ensureChromium() {
	if (find()) return;
	if (existsSync('/usr/bin/apt-get') && process.getuid?.() === 0) {
		console.log('Installing chromium…');
		const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
		spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore', env });
		execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], {
			stdio: 'inherit',
			env
		});
	}
	chromiumPath();
}
