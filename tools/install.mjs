// Installs the packages when the lock file differs from what is installed. Needs nothing but Node and npm.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

/** @param {string} root the project's folder */
export function installPackages(root) {
	if (major < 20 || (major === 20 && minor < 19)) {
		console.error(`Aura needs Node 20.19 or later; this is ${process.versions.node}.`);
		process.exit(1);
	}
	const stamp = join(root, 'node_modules/.aura-lock');
	const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
	console.log('Installing packages…');
	const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
	const result = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
		cwd: root,
		// a command's answer is what it says itself
		stdio: ['inherit', 2, 'inherit'],
		shell: process.platform === 'win32'
	});
	if (result.status !== 0) {
		console.error(
			'The packages could not be installed. Check the network and run the command again.'
		);
		process.exit(result.status ?? 1);
	}
	mkdirSync(join(root, 'node_modules'), { recursive: true });
	writeFileSync(stamp, lock);
}
