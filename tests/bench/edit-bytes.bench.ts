// Bytes on the wire for one rating, WebSocket framing included: what the device sends, and the server's answer that it is
// saved. Beside it what another device gets, and a stock y-websocket client's edit.
import * as Y from 'yjs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from '../../server/start.ts';
import { makeEvent, setUp, until } from '../support/client.ts';
import { openDevice } from '../support/device.ts';
import { root } from '../support/paths.ts';
import { SETUP_TOKEN } from '../support/server.ts';
import { type Figure, figure } from './support.ts';

/** The other device is told half a second later that it is durable. */
const quiet = () => new Promise((done) => setTimeout(done, 1_000));

/** Bytes of a WebSocket frame (RFC 6455) with this payload. @param isMasked from the client */
const framed = (payload: number, isMasked: boolean) =>
	payload + 2 + (payload > 65_535 ? 8 : payload > 125 ? 2 : 0) + (isMasked ? 4 : 0);

export async function run(): Promise<Figure[]> {
	const dataDir = mkdtempSync(join(tmpdir(), 'aura-bench-'));
	const server = await start(
		{
			port: 0,
			host: '127.0.0.1',
			dataDir,
			databaseUrl: undefined,
			s3: undefined,
			setupToken: SETUP_TOKEN,
			publicUrl: undefined,
			smtpUrl: undefined,
			github: undefined,
			secretKey: undefined,
			redisUrl: undefined,
			backups: undefined,
			rateLimits: { person: 0, workspace: 0, address: 0 },
			mailFrom: 'aura@localhost',
			trustedProxies: 0,
			requestTimeout: 120_000,
			appDir: join(root, 'build/app'),
			relayThread: join(root, 'build/server/relay-thread.js'),
			peopleThread: join(root, 'build/server/people-thread.js'),
			facesThread: join(root, 'build/server/faces-thread.js'),
			embedThread: join(root, 'build/server/embed-thread.js'),
			version: 'bench'
		},
		(error) => console.error(error)
	);
	const url = `http://localhost:${server.port}`;
	try {
		const hana = await setUp({ url });
		const document = `event/${await makeEvent(hana)}`;
		const sent: number[] = [];
		const got: number[] = [];
		const author = await openDevice([url], hana.cookie, document, {
			onSend: (bytes) => sent.push(bytes),
			onFrame: (bytes) => got.push(bytes)
		});
		const heard: number[] = [];
		const other = await openDevice([url], hana.cookie, document, {
			onFrame: (bytes) => heard.push(bytes)
		});
		const marks = () => author.replica.doc.getMap('marks');
		const photo = 'a'.repeat(32);
		marks().set(`${photo}/rating`, 1);
		await until('the first edit', () => author.replica.waiting() === 0);
		await until('it there', () => other.replica.doc.getMap('marks').size === 1);
		await quiet();
		sent.length = got.length = heard.length = 0;
		marks().set(`${photo}/rating`, 4);
		await until('the edit', () => author.replica.waiting() === 0);
		await quiet();
		const sum = (list: number[], isMasked: boolean) =>
			list.reduce((total, bytes) => total + framed(bytes, isMasked), 0);
		const up = sum(sent, true);
		const down = sum(got, false);
		const stock = framed(3 + stockEdit(), true);
		author.destroy();
		other.destroy();
		return [
			figure(
				'edit-bytes',
				up + down,
				stock,
				'bytes for one rating, there and saved',
				'ours <= 60',
				{
					up,
					down,
					toAnother: sum(heard, false),
					peerIs: 'a stock y-websocket client, which is told nothing'
				}
			)
		];
	} finally {
		await server.stop();
		rmSync(dataDir, { recursive: true, force: true });
	}
}

/** Bytes of the same edit as Yjs says it. */
function stockEdit(): number {
	const doc = new Y.Doc();
	let size = 0;
	doc.on('update', (update: Uint8Array) => (size = update.length));
	for (const value of [1, 4]) doc.getMap('marks').set(`${'a'.repeat(32)}/rating`, value);
	return size;
}
