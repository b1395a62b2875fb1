import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './paths.ts';

export interface Ran {
	code: number;
	out: string;
	error: string;
}

/** npx aura, as a process of its own. */
export const aura = (env: NodeJS.ProcessEnv, args: string[], input = ''): Promise<Ran> =>
	new Promise((done) => {
		const child = spawn(process.execPath, [join(root, 'tools/aura.mjs'), ...args], { env });
		let [out, error] = ['', ''];
		child.stdout.on('data', (chunk) => (out += String(chunk)));
		child.stderr.on('data', (chunk) => (error += String(chunk)));
		child.on('close', (code) => done({ code: code ?? -1, out, error }));
		child.stdin.end(input);
	});

/** @throws Error with what it said when it failed */
export async function auraJson<T>(env: NodeJS.ProcessEnv, ...args: string[]): Promise<T> {
	const { code, out, error } = await aura(env, ['--json', ...args]);
	if (code !== 0) throw new Error(error);
	return JSON.parse(out) as T;
}
