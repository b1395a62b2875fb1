// Two ways for files to a server: ours, and tus. Each server is a process of its own.
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Session, makeEvent, setUp } from '../../support/client.ts';
import { serverProcess } from '../../support/server.ts';
import { installPeers } from './relays.ts';

const peers = join(dirname(fileURLToPath(import.meta.url)), '../peers');

const told = <T>(child: ChildProcess, key: string) =>
	new Promise<T>((resolve, reject) => {
		child.on('message', (message: Record<string, unknown>) => {
			if (key in message) resolve(message[key] as T);
		});
		child.once('exit', (code) => reject(new Error(`the peer ended with ${code}`)));
	});

export interface TusServer {
	port: number;
	/** @param scale how many times faster than real time the network is */
	send(url: string, files: string[], scale: number): Promise<void>;
	stop(): void;
}

export async function startTus(): Promise<TusServer> {
	installPeers();
	const folder = mkdtempSync(join(tmpdir(), 'aura-tus-'));
	const server = fork(join(peers, 'tus.mjs'), ['serve', folder], { cwd: peers });
	const port = await told<number>(server, 'port');
	return {
		port,
		async send(url, files, scale) {
			const client = fork(join(peers, 'tus.mjs'), ['send', url, String(scale), ...files], {
				cwd: peers
			});
			await told(client, 'done');
		},
		stop() {
			server.kill();
			rmSync(folder, { recursive: true, force: true });
		}
	};
}

export interface OurServer {
	port: number;
	session: Session;
	event: string;
	stop(): Promise<void>;
}

export async function startOurs(): Promise<OurServer> {
	const server = await serverProcess({
		RATE_LIMIT_PERSON: '0',
		RATE_LIMIT_WORKSPACE: '0',
		RATE_LIMIT_ADDRESS: '0'
	});
	const session = await setUp(server);
	return {
		port: Number(new URL(server.url).port),
		session,
		event: await makeEvent(session),
		stop: () => server.remove()
	};
}
