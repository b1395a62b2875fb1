// ExifTool, beside which sidecars are tested; on Debian as root it is installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const isThere = () => spawnSync('exiftool', ['-ver'], { stdio: 'ignore' }).status === 0;

/** @throws Error that says what to do where it cannot be installed without asking */
export function ensureExiftool() {
	if (isThere()) return;
	if (existsSync('/usr/bin/apt-get') && process.getuid?.() === 0) {
		const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
		spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore', env });
		execFileSync(
			'apt-get',
			['install', '-y', '-qq', '--no-install-recommends', 'libimage-exiftool-perl'],
			{ stdio: 'ignore', env }
		);
	}
	if (!isThere())
		throw new Error('The tests need exiftool (on Debian: apt-get install libimage-exiftool-perl).');
}
