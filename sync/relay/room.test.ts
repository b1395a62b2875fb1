import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { eventDocument } from '#shared/documents/event.ts';
import type { DocumentDeclaration } from '#shared/documents/declaration.ts';
import type { Role } from '#shared/permissions.ts';
import { GroupCommit } from './group-commit.ts';
import { writeStep1, writeUpdateMessage } from './protocol.ts';
import { type Commit, type Connection, Room } from './room.ts';

const photo = 'a'.repeat(32);
const hana = '11111111-1111-4111-8111-111111111111';
const dawit = '22222222-2222-4222-8222-222222222222';

interface Heard extends Connection {
	sent: Uint8Array[];
	code: number | null;
}

function connection(id: string, role: Role = 'editor', speaksAura = true): Heard {
	const heard: Heard = {
		author: { id, role },
		speaksAura,
		sent: [],
		code: null,
		send: (message) => heard.sent.push(message),
		close: (code) => (heard.code ??= code)
	};
	return heard;
}

function room(store: (commits: Commit[]) => Promise<void> = () => Promise.resolve()) {
	let failed = false;
	const made = new Room(
		'event/x',
		eventDocument as unknown as DocumentDeclaration,
		{ updates: [], clients: new Map() },
		new GroupCommit(store),
		() => (failed = true)
	);
	return { room: made, hasFailed: () => failed };
}

function edit(
	clientID: number,
	change: (marks: Y.Map<unknown>) => void,
	doc = new Y.Doc()
): { doc: Y.Doc; update: Uint8Array } {
	doc.clientID = clientID;
	const before = Y.encodeStateVector(doc);
	doc.transact(() => change(doc.getMap('marks')));
	return { doc, update: Y.encodeStateAsUpdate(doc, before) };
}
const settle = () => new Promise((done) => setTimeout(done, 5));
const kinds = ({ sent }: Heard) => sent.map((message) => message[0]);

describe('a room', () => {
	it('says saved, and tells the others, only after the commit', async () => {
		let release = () => {};
		const { room: made } = room(() => new Promise((done) => (release = done)));
		const [sender, other] = [connection(hana), connection(dawit)];
		made.join(sender);
		made.join(other);
		made.receive(
			sender,
			writeUpdateMessage(edit(7, (marks) => marks.set(`${photo}/rating`, 4)).update)
		);
		await settle();
		const late = connection(dawit);
		made.join(late);
		made.receive(late, writeStep1(new Uint8Array([0])));
		for (const each of [sender, other, late]) expect(kinds(each)).toEqual([0]);
		release();
		await settle();
		expect(kinds(sender)).toEqual([0, 4]);
		expect(kinds(other)).toEqual([0, 0]);
		expect(late.sent.length).toBeGreaterThan(1);
	});

	it('forgets what could not be stored and sends everybody away to come back', async () => {
		const { room: made, hasFailed } = room(() => Promise.reject(new Error('disk full')));
		const sender = connection(hana);
		made.join(sender);
		made.receive(
			sender,
			writeUpdateMessage(edit(7, (marks) => marks.set(`${photo}/rating`, 4)).update)
		);
		await settle();
		expect(sender.code).toBe(4503);
		expect(kinds(sender)).not.toContain(4);
		expect(hasFailed()).toBe(true);
	});

	it('refuses new structs under a client id that belongs to somebody else', async () => {
		const { room: made } = room();
		const [victim, thief] = [connection(hana), connection(dawit)];
		made.join(victim);
		made.join(thief);
		const first = edit(7, (marks) => marks.set(`${photo}/rating`, 4));
		made.receive(victim, writeUpdateMessage(first.update));
		const forged = edit(7, (marks) => marks.set(`${photo}/rating`, 1), first.doc);
		made.receive(thief, writeUpdateMessage(forged.update));
		expect(thief.code).toBe(4400);
		expect(made.doc.getMap('marks').get(`${photo}/rating`)).toBe(4);
		await settle();
	});

	it('takes no edit of a viewer, and tells one of our clients why', async () => {
		const commits: Commit[] = [];
		const { room: made } = room((list) => (commits.push(...list), Promise.resolve()));
		const viewer = connection(hana, 'viewer');
		made.join(viewer);
		made.receive(
			viewer,
			writeUpdateMessage(edit(7, (marks) => marks.set(`${photo}/rating`, 4)).update)
		);
		await settle();
		expect(viewer.code).toBeNull();
		expect(made.doc.getMap('marks').size).toBe(0);
		expect(kinds(viewer)).toEqual([0, 5, 4]);
		expect(commits[0]?.refused?.refusals).toMatchObject([
			{ key: `${photo}/rating`, reason: 'role' }
		]);
	});

	it('hands every accepted key with its value to the store', async () => {
		const commits: Commit[] = [];
		const { room: made } = room((list) => (commits.push(...list), Promise.resolve()));
		const sender = connection(hana);
		made.join(sender);
		made.receive(
			sender,
			writeUpdateMessage(edit(7, (marks) => marks.set(`${photo}/flag`, 'pick')).update)
		);
		await settle();
		expect(commits).toMatchObject([
			{
				author: hana,
				newClients: [7],
				changes: [{ root: 'marks', key: `${photo}/flag`, value: 'pick' }]
			}
		]);
	});

	it('survives a million random bytes in small pieces', () => {
		const { room: made } = room();
		let state = 42;
		const random = () => (state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff) / 0x7fff_ffff;
		for (let i = 0; i < 50_000; i++) {
			const bytes = Uint8Array.from({ length: 1 + Math.floor(random() * 40) }, () =>
				Math.floor(random() * 256)
			);
			if (random() < 0.7) bytes.set([0, 2, Math.max(0, bytes.length - 3)].slice(0, bytes.length));
			made.receive(connection(hana), bytes);
		}
		expect(made.doc.store.pendingStructs).toBeNull();
		const after = connection(hana);
		made.join(after);
		made.receive(
			after,
			writeUpdateMessage(edit(9, (marks) => marks.set(`${photo}/rating`, 2)).update)
		);
		expect(made.doc.getMap('marks').get(`${photo}/rating`)).toBe(2);
	});
});

describe('group commit', () => {
	it('stores together what arrives while a commit is under way', async () => {
		const batches: number[][] = [];
		const releases: (() => void)[] = [];
		const commit = new GroupCommit<number>((entries) => {
			batches.push(entries);
			return new Promise((done) => releases.push(done));
		});
		const all = [commit.submit(1), commit.submit(2), commit.submit(3)];
		releases.shift()!();
		await settle();
		releases.shift()!();
		await Promise.all(all);
		expect(batches).toEqual([[1], [2, 3]]);
	});
});
