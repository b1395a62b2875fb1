// Hostile connections to the relay, numbered as in the list of hostile cases, part G (87: tests/integration/history).
import * as encoding from 'lib0/encoding';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import * as Y from 'yjs';
import { closeCodes, writeUpdateMessage } from '#sync/relay/protocol.ts';
import {
	type Session,
	type StockClient,
	makeEvent,
	openStockClient,
	photoFacts,
	setUp,
	until
} from '../support/client.ts';
import { addPerson, otherStudio } from '../support/people.ts';
import { type TestServer, startTestServer } from '../support/server.ts';

let server: TestServer;
let hana: Session;
let stranger: Session;
let editor: Session;
let event: string;
let foreign: string;
/** somebody who works in the event all the time and must never notice */
let honest: StockClient;
/** of the whole event */
let stateBytes: number;
const photo = 'a'.repeat(32);

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	stranger = await otherStudio(server);
	editor = await addPerson(server, hana.workspace, 'editor');
	event = await makeEvent(hana);
	foreign = await makeEvent(stranger, 'Theirs');
	honest = openStockClient(server.url, hana.cookie, `event/${event}`);
	await honest.synced;
	honest.doc.transact(() => {
		for (let i = 0; i < 2_000; i++)
			honest.doc.getMap('photos').set(i.toString(16).padStart(32, '0'), photoFacts(hana.userId));
		honest.doc.getMap('photos').set(photo, photoFacts(hana.userId));
	});
	stateBytes = Y.encodeStateAsUpdate(honest.doc).length;
	const reader = openStockClient(server.url, hana.cookie, `event/${event}`);
	await until('the photos', () => reader.doc.getMap('photos').has(photo));
	reader.destroy();
}, 60_000);
afterAll(async () => {
	honest.destroy();
	await server.stop();
	expect(server.reports).toEqual([]);
});

let edits = 0;
afterEach(async () => {
	// the process lives, and the room goes on
	const caption = `edit ${++edits}`;
	honest.doc.getMap('marks').set(`${photo}/caption`, caption);
	const reader = openStockClient(server.url, hana.cookie, `event/${event}`);
	await until(
		'an honest edit',
		() => reader.doc.getMap('marks').get(`${photo}/caption`) === caption
	);
	reader.destroy();
});

interface Raw {
	socket: WebSocket;
	opened: Promise<void>;
	/** close code */
	closed: Promise<number>;
}
function connect(
	session: Session,
	document = `event/${event}`,
	query = '',
	options: object = {}
): Raw {
	const socket = new WebSocket(`${server.url.replace('http', 'ws')}/sync/${document}${query}`, {
		headers: { cookie: session.cookie },
		...options
	});
	socket.on('error', () => undefined);
	return {
		socket,
		opened: new Promise((done) => socket.once('open', () => done())),
		closed: new Promise((done) => socket.once('close', done))
	};
}
/** Sends one message and waits for the end that it deserves. */
async function codeOf(session: Session, message: Uint8Array, query = ''): Promise<number> {
	const { socket, opened, closed } = connect(session, `event/${event}`, query);
	await opened;
	socket.send(message);
	return closed;
}
const written = (write: (encoder: encoding.Encoder) => void): Uint8Array => {
	const encoder = encoding.createEncoder();
	write(encoder);
	return encoding.toUint8Array(encoder);
};
const uints = (...values: number[]) =>
	written((encoder) => values.forEach((value) => encoding.writeVarUint(encoder, value)));
const later = (word: string, ms: number) =>
	new Promise<string>((done) => setTimeout(() => done(word), ms));
const marks = () => honest.doc.getMap('marks').toJSON();

describe('G: WebSocket and CRDT', () => {
	it.each([
		['of another studio', () => `event/${foreign}`],
		['of another workspace', () => `workspace/${stranger.workspace}`],
		['above', () => `event/${event}/../../event/${foreign}`],
		['encoded', () => `event%2F${foreign}`],
		['of ten kilobytes', () => 'event/'.padEnd(10_240, 'a')],
		['of nothing', () => '']
	])('78: a room %s is not there', async (_, name) => {
		expect(await connect(hana, name()).closed).toBe(closeCodes.notFound);
	});

	it('79: frames without end and frames of text end the connection', async () => {
		const large = connect(editor);
		await large.opened;
		large.socket.send(new Uint8Array(17 * 1024 ** 2));
		expect(await large.closed).toBe(1009);

		const endless = connect(editor, undefined, '', { perMessageDeflate: false });
		await endless.opened;
		const piece = new Uint8Array(1024 ** 2);
		for (let i = 0; i < 20; i++) endless.socket.send(piece, { fin: false });
		expect(await endless.closed).toBe(1009);

		const text = connect(editor);
		await text.opened;
		text.socket.send('hello');
		expect(await text.closed).toBe(1003);
	}, 30_000);

	it('79: what is small on the wire and large in memory is not unpacked', async () => {
		const bomb = connect(editor);
		await bomb.opened;
		bomb.socket.send(new Uint8Array(200 * 1024 ** 2), { compress: true });
		expect(await bomb.closed).toBe(1009);
	}, 30_000);

	it('80: whoever asks without end is sent away, by all connections together, and nobody waits for it', async () => {
		// everything that is known, again and again: nothing of it is stored, and all of it has to be read
		const known = writeUpdateMessage(Y.encodeStateAsUpdate(honest.doc));
		const codes: number[] = [];
		let isOver = false;
		const flood = async () => {
			while (!isOver) {
				const { socket, opened, closed } = connect(editor);
				let code: number | null = null;
				void closed.then((given) => codes.push((code = given)));
				await opened;
				while (code === null) {
					if (socket.bufferedAmount < 4 * known.length) socket.send(known);
					await later('', 1);
				}
			}
		};
		const floods = [flood(), flood(), flood(), flood()];
		await until('sent away', () => codes.includes(closeCodes.tooMany), 60_000);
		// coming again is no way to begin anew
		const first = codes.length;
		await until('sent away again', () => codes.length > first + 4, 20_000);
		expect(new Set(codes)).toEqual(new Set([closeCodes.tooMany]));
		isOver = true;
		await Promise.all(floods);
	}, 90_000);

	it('80: whoever reads nothing does not fill the memory', async () => {
		const slow = await addPerson(server, hana.workspace, 'editor');
		const { socket, opened } = connect(slow);
		await opened;
		let received = 0;
		socket.on('message', (data: Buffer) => (received += data.length));
		const tcp = (socket as unknown as { _socket: { pause(): void; resume(): void } })._socket;
		tcp.pause();
		for (let i = 0; i < 5_000; i++) socket.send(uints(0, 0, 1, 0));
		await later('', 1_000);
		// what waits for it: an answer or two, and what the network itself holds
		tcp.resume();
		await later('', 50);
		expect(received).toBeLessThan(20 * stateBytes);
		socket.terminate();
	}, 30_000);

	it('81: whoever is removed is sent away at once', async () => {
		const gone = await addPerson(server, hana.workspace, 'editor');
		const { closed, opened } = connect(gone);
		await opened;
		const start = Date.now();
		const path = `/api/workspaces/${hana.workspace}/members/${gone.userId}`;
		expect((await hana.request('DELETE', path)).status).toBe(204);
		expect([closeCodes.notFound, closeCodes.forbidden]).toContain(await closed);
		expect(Date.now() - start).toBeLessThan(5_000);
	});

	it.each<[string, () => Uint8Array]>([
		['of version 2', () => writeUpdateMessage(Y.encodeStateAsUpdateV2(honest.doc))],
		['with a number beyond 2^53', () => Uint8Array.from([0, 2, 9, ...Array(8).fill(255), 127])],
		// one client, one struct: clock 0, a GC or skip of 2^40
		...[0, 10].map((info): [string, () => Uint8Array] => [
			`with a run of 2^40 of kind ${info}`,
			() =>
				writeUpdateMessage(
					written((encoder) => {
						for (const value of [1, 1, 77, 0]) encoding.writeVarUint(encoder, value);
						encoding.writeUint8(encoder, info);
						encoding.writeVarUint(encoder, 2 ** 40);
						encoding.writeVarUint(encoder, 0);
					})
				)
		]),
		[
			'that deletes 2^40 structs',
			() => writeUpdateMessage(uints(0, 1, honest.doc.clientID, 1, 0, 2 ** 40))
		],
		['of two bytes less than it says', () => Uint8Array.from([0, 2, 12, 1, 1, 7, 0, 8])]
	])('82: an update %s changes nothing', async (_, message) => {
		const before = marks();
		const { socket, opened, closed } = connect(editor);
		await opened;
		socket.send(message());
		const code = await Promise.race([closed, later('asked for what is missing', 500)]);
		expect([closeCodes.malformed, closeCodes.tooLarge, 'asked for what is missing']).toContain(
			code
		);
		socket.terminate();
		expect(marks()).toEqual(before);
	});

	it("83: nobody writes under somebody else's client id", async () => {
		const copy = new Y.Doc();
		Y.applyUpdate(copy, Y.encodeStateAsUpdate(honest.doc));
		copy.clientID = honest.doc.clientID;
		const before = Y.encodeStateVector(copy);
		copy.getMap('marks').set(`${photo}/rating`, 1);
		const forged = writeUpdateMessage(Y.encodeStateAsUpdate(copy, before));
		expect(await codeOf(editor, forged)).toBe(closeCodes.malformed);
		expect(await codeOf(editor, forged, '?aura=1&v=2')).toBe(closeCodes.foreignClient);
		expect(marks()).not.toHaveProperty(`${photo}/rating`);
	});

	it('83: a flood of orphans is neither kept nor worked on', async () => {
		const before = marks();
		// ten thousand structs of ten thousand clients, each after one that nobody has
		const flood = writeUpdateMessage(
			written((encoder) => {
				encoding.writeVarUint(encoder, 4_000);
				for (let client = 0; client < 4_000; client++) {
					for (const value of [1, 1_000_000 + client, 0]) encoding.writeVarUint(encoder, value);
					encoding.writeUint8(encoder, 8 | 128);
					for (const value of [9_999_999, 5, 1]) encoding.writeVarUint(encoder, value);
					encoding.writeAny(encoder, 1);
				}
				encoding.writeVarUint(encoder, 0);
			})
		);
		const { socket, opened, closed } = connect(editor);
		await opened;
		const start = Date.now();
		socket.send(flood);
		const code = await Promise.race([closed, later('asked for what is missing', 1_000)]);
		expect([closeCodes.malformed, 'asked for what is missing']).toContain(code);
		expect(Date.now() - start).toBeLessThan(5_000);
		socket.terminate();
		expect(marks()).toEqual(before);
	});

	it.each(['', '?aura=1&v=2'])(
		'84: a viewer changes nothing by any message (%s)',
		async (query) => {
			const viewer = await addPerson(server, hana.workspace, 'viewer');
			const doc = new Y.Doc();
			doc.getMap('marks').set(`${photo}/flag`, 'pick');
			const update = Y.encodeStateAsUpdate(doc);
			const asAnswer = written((encoder) => {
				encoding.writeVarUint(encoder, 0);
				encoding.writeVarUint(encoder, 1);
				encoding.writeVarUint8Array(encoder, update);
			});
			for (const message of [writeUpdateMessage(update), asAnswer]) {
				const { socket, opened, closed } = connect(viewer, undefined, query);
				await opened;
				socket.send(message);
				if (query === '') expect(await closed).toBe(closeCodes.forbidden);
				else await new Promise((done) => setTimeout(done, 300));
				socket.terminate();
			}
			expect(marks()).not.toHaveProperty(`${photo}/flag`);
		}
	);

	it('85: nobody is here as somebody else, nor with a megabyte to say', async () => {
		const seen: unknown[] = [];
		honest.provider.awareness.on('change', () =>
			seen.push(...honest.provider.awareness.getStates().values())
		);
		const awareness = (state: unknown) =>
			written((encoder) => {
				const said = written((inner) => {
					for (const value of [1, 4_711, 1]) encoding.writeVarUint(inner, value);
					encoding.writeVarString(inner, JSON.stringify(state));
				});
				encoding.writeVarUint(encoder, 1);
				encoding.writeVarUint8Array(encoder, said);
			});
		const { socket, opened } = connect(editor);
		await opened;
		socket.send(awareness({ user: { id: hana.userId, name: 'Hana Alemu' }, photo }));
		await until('somebody', () => seen.some((state) => (state as { photo?: string }).photo));
		expect(JSON.stringify(seen)).toContain(editor.userId);
		expect(JSON.stringify(seen)).not.toContain(hana.userId);
		socket.terminate();
		expect(await codeOf(editor, awareness({ photo: 'x'.repeat(1024 ** 2) }))).toBe(
			closeCodes.tooLarge
		);
	});

	const day = '2026-01-19T10:00:00.000Z';
	const unknown = '11111111-1111-4111-8111-111111111111';
	it.each<[string, string, string, unknown]>([
		['a price for a rating', 'marks', `${photo}/rating`, '../../etc/passwd'],
		['a field that there is not', 'marks', `${photo}/price`, 1],
		['a script for a name', 'photos', 'b'.repeat(32), { name: 'javascript:alert(1)' }],
		['somebody else as its author', 'photos', 'c'.repeat(32), null],
		['somebody else as who approved it', 'approved', photo, { at: day, by: unknown }],
		['nobody as who deleted it', 'trash', photo, { at: day, by: null }],
		['what only the server writes', 'stored', photo, { files: 15, faces: 0 }],
		['a prototype', 'marks', '__proto__', { x: 1 }],
		['another root', 'prices', 'x', 1]
	])('86: %s is set aside with its reason', async (_, root, key, value) => {
		const doc = new Y.Doc();
		doc.getMap(root).set(key, value ?? photoFacts(hana.userId));
		const before = (await hana.json<{ refusals: { id: number }[] }>('GET', refusals())).refusals;
		const { socket, opened } = connect(editor, undefined, '?aura=1&v=2');
		await opened;
		socket.send(writeUpdateMessage(Y.encodeStateAsUpdate(doc)));
		await until('a refusal for the admin', async () => {
			const now = (
				await hana.json<{ refusals: { id: number; author: { id: string } }[] }>('GET', refusals())
			).refusals;
			return now[0]?.id !== before[0]?.id && now[0]?.author.id === editor.userId;
		});
		socket.terminate();
		expect(honest.doc.getMap(root).get(key)).not.toEqual(value ?? photoFacts(hana.userId));
	});
	const refusals = () => `/api/workspaces/${hana.workspace}/refusals`;

	it('88: documents in documents are none, and keys are counted', async () => {
		const bomb = new Y.Doc();
		for (let i = 0; i < 100; i++) bomb.getMap('photos').set(String(i), new Y.Doc());
		expect(await codeOf(editor, writeUpdateMessage(Y.encodeStateAsUpdate(bomb)))).toBe(
			closeCodes.malformed
		);
		// half a million structs at once are more than a message may hold; a document's keys: sync/relay/judge.test.ts
		const many = written((encoder) => {
			for (const value of [1, 450_000, 88, 0]) encoding.writeVarUint(encoder, value);
			for (let i = 0; i < 450_000; i++) {
				encoding.writeUint8(encoder, 0);
				encoding.writeVarUint(encoder, 1);
			}
			encoding.writeVarUint(encoder, 0);
		});
		expect(await codeOf(editor, writeUpdateMessage(many))).toBe(closeCodes.tooLarge);
	}, 30_000);
});
