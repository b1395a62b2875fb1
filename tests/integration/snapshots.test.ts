// A long log becomes a snapshot and a short tail; nothing is trimmed before the snapshot is proven.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { foldUpdates } from '../../server/relay/fold.ts';
import { stepsOf } from '../../server/features/history/log.ts';
import { makeSnapshot } from '../../server/relay/snapshots.ts';
import { loadDocument } from '../../server/relay/store.ts';
import { type Session, makeEvent, openStockClient, setUp, until } from '../support/client.ts';
import { fold } from '../support/relay-thread.ts';
import { type TestServer, startTestServer } from '../support/server.ts';

let server: TestServer;
let hana: Session;
let document: string;
const photo = 'a'.repeat(32);

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	document = `event/${await makeEvent(hana)}`;
});
afterAll(async () => {
	expect(server.reports).toEqual([]);
	await server.stop();
});

const load = () =>
	server.database.tenant(hana.workspace, (queries) =>
		loadDocument(queries, hana.workspace, document)
	);
const entries = () =>
	server.database.tenant(hana.workspace, (queries) =>
		queries.query(`select seq from document_updates where workspace_id = $1 and document = $2`, [
			hana.workspace,
			document
		])
	);

describe('a snapshot', () => {
	it('is made of a long log while people go on editing, and gives the same document', async () => {
		const client = openStockClient(server.url, hana.cookie, document, { aura: true });
		await client.synced;
		const marks = client.doc.getMap('marks');
		for (let i = 0; i < 620; i++) {
			marks.set(`${photo}/rating`, i % 6);
			// what comes in one turn is one entry
			await new Promise((done) => setTimeout(done, 2));
		}
		await until('all is saved', () => (client.saved().get(client.doc.clientID) ?? 0) >= 620);
		await until('a snapshot', async () => (await load()).tail < 200, 20_000);
		marks.set(`${photo}/caption`, 'afterwards');
		await until('it is saved', () => (client.saved().get(client.doc.clientID) ?? 0) >= 621);
		const { updates, tail, head } = await load();
		expect([tail > 0, tail < 200, head > 520]).toEqual([true, true, true]);
		// the log stays as long as people may look back, and goes then
		expect((await entries()).length).toBe(head);
		await server.database.tenant(hana.workspace, (queries) =>
			queries.query(
				`update document_snapshots set created_at = now() - interval '31 days' where document = $1`,
				[document]
			)
		);
		expect(await makeSnapshot(server.database, document, 1)).toBe(true);
		expect((await entries()).length).toBe(200);
		// and what is kept of it still has something to stand on
		const steps = await stepsOf(server.database, hana.workspace, document);
		expect(steps.at(-1)).toMatchObject({ seq: head, before: null, after: 'afterwards' });
		const doc = new Y.Doc();
		for (const update of updates) Y.applyUpdate(doc, update);
		expect(doc.getMap('marks').toJSON()).toEqual(marks.toJSON());
		client.destroy();
		const fresh = openStockClient(server.url, hana.cookie, document);
		await fresh.synced;
		expect(fresh.doc.getMap('marks').toJSON()).toEqual(marks.toJSON());
		fresh.destroy();
	});

	it('is not made twice, and not of a short log', async () => {
		expect(await makeSnapshot(server.database, document, 1_000)).toBe(false);
		expect(await makeSnapshot(server.database, document, 1)).toBe(false);
	});

	it.each([
		['from the sources', () => Promise.resolve({ foldUpdates })],
		['as it is built', () => import(fold) as Promise<{ foldUpdates: typeof foldUpdates }>]
	])('is refused where the updates have a hole, %s', async (_, load) => {
		const { foldUpdates } = await load();
		const doc = new Y.Doc();
		const updates: Uint8Array[] = [];
		doc.on('update', (update: Uint8Array) => updates.push(update));
		for (let i = 0; i < 3; i++) doc.getMap('marks').set('a', i);
		await expect(foldUpdates([updates[0]!, updates[2]!], ['marks'])).rejects.toThrow('do not fold');
		const folded = new Y.Doc();
		Y.applyUpdate(folded, await foldUpdates(updates, ['marks']));
		expect(folded.getMap('marks').toJSON()).toEqual({ a: 2 });
	});
});
