import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { limits, readUpdate, writeUpdate } from '../documents/update.ts';
import { Batch, type Edit } from './batch.ts';
import { createReceipts } from './receipts.ts';

const hana = '11111111-1111-4111-8111-111111111111';
const dawit = '22222222-2222-4222-8222-222222222222';
const receipts = createReceipts((...parts) => {
	const hash = createHash('sha256');
	for (const part of parts) hash.update(part);
	return hash.digest().subarray(0, 16);
});

function editOf(author: string, client: number, change: Partial<Edit> = {}): Edit {
	const doc = new Y.Doc();
	doc.clientID = client;
	doc.getMap('marks').set('a/rating', client);
	const bytes = Y.encodeStateAsUpdate(doc);
	const { update = readUpdate(bytes), ...rest } = change;
	return {
		...{ from: null, author, update, owners: new Map([[client, author]]) },
		...{ newClients: [], clocks: new Map([[client, 1]]), keys: new Map(), refused: [] },
		written: update && writeUpdate(update),
		bytes: bytes.length,
		...rest
	};
}
const sealed = (...edits: Edit[]) => {
	const batch = new Batch();
	for (const edit of edits) batch.add(edit);
	return batch.seal('event/x', receipts);
};

describe('a batch', () => {
	it('is in the name of its author, also where it only deletes or holds nothing', () => {
		const deletion = { structs: new Map(), deletes: new Map([[7, [{ clock: 0, length: 1 }]]]) };
		const onlyDeletes = editOf(hana, 7, { update: deletion, owners: new Map() });
		expect(sealed(onlyDeletes).entry.author).toBe(hana);
		expect(sealed(editOf(hana, 7, { update: null, owners: new Map() })).entry.author).toBe(hana);
		expect(sealed(editOf(hana, 7), editOf(hana, 8)).entry.author).toBe(hana);
		expect(sealed(editOf(hana, 7), editOf(dawit, 8)).entry.author).toBe('several');
	});

	it('takes no more than can be read again', () => {
		const batch = new Batch();
		batch.add(editOf(hana, 7, { bytes: 600_000 }));
		expect(batch.hasRoomFor(100, 1)).toBe(true);
		expect(batch.hasRoomFor(limits.bytes, 1)).toBe(false);
		expect(batch.hasRoomFor(100, limits.clients)).toBe(false);
	});
});
