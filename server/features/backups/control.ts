// The embedded database is one process's: a backup beside a running server is made by the server. The command line asks
// for it over a socket in DATA_DIR, in a folder that only its owner may enter.
import { mkdir, rm } from 'node:fs/promises';
import { type IncomingMessage, createServer, request } from 'node:http';
import { join } from 'node:path';
import { z } from 'zod';
import { AuraError, type ErrorCode, toProblem } from '#shared/errors.ts';
import type { Backup } from './backup.ts';

const wishSchema = z.strictObject({ folder: z.string(), keep: z.int().min(1).optional() });
export type Wish = z.infer<typeof wishSchema>;

const folderOf = (dataDir: string) => join(dataDir, 'control');
const socketOf = (dataDir: string) => join(folderOf(dataDir), 'socket');

async function textOf(message: IncomingMessage): Promise<string> {
	const parts: Buffer[] = [];
	for await (const part of message) parts.push(part as Buffer);
	return Buffer.concat(parts).toString();
}

/** Answers the command line, until the function that it returns is called. */
export async function openControl(
	dataDir: string,
	backUp: (wish: Wish) => Promise<Backup>,
	report: (error: unknown) => void
): Promise<() => Promise<void>> {
	const server = createServer((asked, answer) => {
		void (async () => {
			try {
				const done = await backUp(wishSchema.parse(JSON.parse(await textOf(asked))));
				answer.end(JSON.stringify({ done }));
			} catch (error) {
				if (!(error instanceof AuraError)) report(error);
				const { code, detail } = toProblem(error);
				answer.end(JSON.stringify({ problem: { code, detail } }));
			}
		})();
	});
	await mkdir(folderOf(dataDir), { recursive: true, mode: 0o700 });
	// of a server that died
	await rm(socketOf(dataDir), { force: true });
	await new Promise<void>((resolve) => {
		server.once('error', (error) => {
			report(error);
			resolve();
		});
		server.listen(socketOf(dataDir), resolve);
	});
	return async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	};
}

/**
 * Has the server that runs on a DATA_DIR make a backup.
 * @returns null when none runs there
 * @throws AuraError as `makeBackup` does
 */
export async function askForBackup(dataDir: string, wish: Wish): Promise<Backup | null> {
	const message = await new Promise<IncomingMessage | null>((resolve, reject) => {
		const asking = request({ socketPath: socketOf(dataDir), method: 'POST', path: '/backup' });
		asking.on('response', resolve);
		asking.on('error', (error: NodeJS.ErrnoException) =>
			['ENOENT', 'ECONNREFUSED', 'EINVAL', 'ENAMETOOLONG'].includes(error.code ?? '')
				? resolve(null)
				: reject(error)
		);
		asking.end(JSON.stringify(wish));
	});
	if (!message) return null;
	const { done, problem } = JSON.parse(await textOf(message)) as {
		done?: Backup;
		problem?: { code: ErrorCode; detail: string };
	};
	if (problem) throw new AuraError(problem.code, problem.detail);
	return done!;
}
