import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Every file below some files and folders. @param {string} path @returns {string[]} */
function filesOf(path) {
	if (!existsSync(path)) return [];
	if (!statSync(path).isDirectory()) return [path];
	return readdirSync(path)
		.sort()
		.flatMap((name) => filesOf(join(path, name)));
}

/**
 * Hash of everything that a step reads.
 * @param {string} root @param {string[]} inputs files and folders below root
 */
export function fingerprint(root, inputs) {
	const hash = createHash('sha256').update(process.version);
	for (const input of inputs)
		for (const file of filesOf(join(root, input))) hash.update(file).update(readFileSync(file));
	return hash.digest('hex');
}

/**
 * Runs a step unless its inputs are what they were when it last succeeded.
 * @param {string} stamp file that remembers
 * @param {string} print fingerprint of the inputs
 * @param {() => Promise<void> | void} step
 */
export async function whenStale(stamp, print, step) {
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === print) return;
	await step();
	mkdirSync(dirname(stamp), { recursive: true });
	writeFileSync(stamp, print);
}
