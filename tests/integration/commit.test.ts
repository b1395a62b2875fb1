// What documents have new is stored at once where nobody else has stored something, and step by step where somebody has.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { atOnceIn } from '../../server/database/database.ts';
import { createRelayStore } from '../../server/relay/store.ts';
import type { Change, DocumentCommit, LogEntry } from '#sync/relay/entries.ts';
import { type Session, makeEvent, setUp } from '../support/client.ts';
import { type TestServer, startTestServer } from '../support/server.ts';

let server: TestServer;
let hana: Session;
const photo = 'a'.repeat(32);

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
});
afterAll(async () => {
	expect(server.reports).toEqual([]);
	await server.stop();
});

/** A store, and how often it stored at once (true) or was told that it cannot (false). */
function storeThatCounts() {
	const atOnce: boolean[] = [];
	const store = createRelayStore({
		...server.database,
		atOnce: async (statements) => {
			const rows = await server.database.atOnce(statements);
			atOnce.push(rows !== null);
			return rows;
		}
	});
	return { store, atOnce };
}

/** One entry of a document, with what it makes of the rows. */
function commitOf(document: string, head: number, byte: number, changes: Change[] = []) {
	const missed: LogEntry[] = [];
	const commit: DocumentCommit = {
		document,
		head,
		catchUp: (entries) => missed.push(...entries) > 0,
		take: () => ({
			entries: [
				{
					author: hana.userId,
					update: new Uint8Array([byte]),
					receipt: new Uint8Array([byte, byte]),
					newClients: [[byte, hana.userId]],
					refused: []
				}
			],
			changes
		})
	};
	return { commit, missed };
}

const rating = (value: number): Change[] => [{ root: 'marks', key: `${photo}/rating`, value }];
const ratings = (document: string) =>
	server.database.query<{ value: number }>(`select value from photo_marks where event_id = $1`, [
		document.slice('event/'.length)
	]);
const log = async (document: string) => {
	const rows = await server.database.query<{ seq: number; bytes: Uint8Array }>(
		`select seq, bytes from document_updates where document = $1 order by seq`,
		[document]
	);
	return rows.map(({ seq, bytes }) => [Number(seq), ...bytes]);
};

it('stores at once what goes on from the last entry', async () => {
	const document = `event/${await makeEvent(hana)}`;
	const { store, atOnce } = storeThatCounts();
	const first = await store.commit([commitOf(document, 0, 1).commit]);
	expect(first.get(document)).toMatchObject({ kind: 'stored', head: 1 });
	expect(atOnce).toEqual([]);
	const second = await store.commit([commitOf(document, 1, 2, rating(4)).commit]);
	expect(second.get(document)).toMatchObject({ kind: 'stored', head: 2 });
	expect(atOnce).toEqual([true]);
	expect(await log(document)).toEqual([
		[1, 1],
		[2, 2]
	]);
	expect(await ratings(document)).toEqual([{ value: 4 }]);
	expect((await store.load(document)).clients.get(2)).toBe(hana.userId);
});

it('takes up first what somebody else has stored, and stores nothing twice', async () => {
	const document = `event/${await makeEvent(hana)}`;
	const other = `event/${await makeEvent(hana)}`;
	const { store, atOnce } = storeThatCounts();
	await store.commit([commitOf(document, 0, 1).commit, commitOf(other, 0, 1).commit]);
	await store.commit([commitOf(document, 1, 2).commit]);
	const late = commitOf(document, 1, 3, rating(5));
	const beside = commitOf(other, 1, 2);
	const outcomes = await store.commit([late.commit, beside.commit]);
	expect(atOnce).toEqual([true, false]);
	expect(late.missed.map(({ seq, update }) => [seq, ...update])).toEqual([[2, 2]]);
	expect(outcomes.get(document)).toMatchObject({ kind: 'stored', head: 3 });
	expect(outcomes.get(other)).toMatchObject({ kind: 'stored', head: 2 });
	expect(await log(document)).toEqual([
		[1, 1],
		[2, 2],
		[3, 3]
	]);
	expect(await log(other)).toEqual([
		[1, 1],
		[2, 2]
	]);
	expect(await ratings(document)).toEqual([{ value: 5 }]);
});

it('leaves nothing behind of what the database does not take', async () => {
	const document = `event/${await makeEvent(hana)}`;
	const { store, atOnce } = storeThatCounts();
	await store.commit([commitOf(document, 0, 1).commit]);
	// a client id belongs to one person: the same again is no row
	await expect(store.commit([commitOf(document, 1, 1, rating(2)).commit])).rejects.toThrow(
		'document_clients'
	);
	expect(atOnce).toEqual([false]);
	expect(await log(document)).toEqual([[1, 1]]);
	expect(await ratings(document)).toEqual([]);
});

it('says that a commit failed when it is not known what became of it', async () => {
	const lost = atOnceIn(async (run) => {
		await run({ query: () => Promise.resolve([]) });
		throw new Error('the connection ended');
	});
	await expect(lost([{ sql: 'select', parameters: [] }])).rejects.toThrow('the connection ended');
});
