import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import type { Role } from '#shared/permissions.ts';
import { RelayLog, type StoreTiming } from '../../tests/support/relay-log.ts';
import type { Connection } from './peer.ts';
import {
	type Dialect,
	type ServerMessage,
	readServerFrame,
	writeReceipted,
	writeStep1,
	writeUpdateMessage
} from './protocol.ts';
import { createReceipts } from './receipts.ts';
import { type Relay, type Seat, createRelay } from './relay.ts';

const DOCUMENT = 'event/00000000-0000-4000-8000-000000000000';
const photo = 'a'.repeat(32);
const hana = '11111111-1111-4111-8111-111111111111';
const dawit = '22222222-2222-4222-8222-222222222222';
const receipts = createReceipts((...parts) => {
	const hash = createHash('sha256').update('a key');
	for (const part of parts) hash.update(part);
	return hash.digest().subarray(0, 16);
});

function relayOn(
	log: RelayLog,
	timing?: StoreTiming,
	tell: (heads: Map<string, number>) => void = () => {}
) {
	return createRelay({
		store: log.store(timing),
		receipts,
		timing: {
			soon: queueMicrotask,
			after: (ms, run) => {
				if (ms <= 10) queueMicrotask(run);
				else if (ms <= 500) setTimeout(run, 20);
			},
			now: () => 0
		},
		epoch: 'one',
		report: (error) => {
			throw error;
		},
		tell
	});
}

interface Guest {
	seat: Seat;
	heard: ServerMessage[];
	code: number | null;
	says(message: Uint8Array): void;
	kinds(): string[];
}

interface Given {
	role?: Role;
	dialect?: Dialect;
	buffered?: () => number;
	refusalsSeen?: number;
}

async function join(
	relay: Relay,
	id: string,
	{ role = 'editor', dialect = 'v2', buffered = () => 0, refusalsSeen = 0 }: Given = {}
): Promise<Guest> {
	const heard: ServerMessage[] = [];
	const connection: Connection = {
		author: { id, role },
		name: 'Somebody',
		dialect,
		refusalsSeen,
		takesPieces: true,
		send: (frame) => heard.push(...readServerFrame(frame)!),
		close: (code) => (guest.code ??= code),
		buffered
	};
	const guest: Guest = {
		seat: undefined as unknown as Seat,
		heard,
		code: null,
		says: (message) => guest.seat.receive(message),
		kinds: () => heard.map(({ kind }) => kind)
	};
	guest.seat = await relay.join(DOCUMENT, connection);
	return guest;
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
const rate = (value: unknown) => (marks: Y.Map<unknown>) => marks.set(`${photo}/rating`, value);
const settle = () => new Promise((done) => setTimeout(done, 5));
const rating = async (relay: Relay) =>
	(await relay.read(DOCUMENT, ['marks']))[0]!.get(`${photo}/rating`);

/** A store whose writes wait until they are let go. */
function heldBack() {
	const waiting: (() => void)[] = [];
	let isAlive = true;
	return {
		timing: {
			wait: (what) =>
				what === 'write' ? new Promise<void>((done) => waiting.push(done)) : Promise.resolve(),
			isAlive: () => isAlive
		} satisfies StoreTiming,
		release: () => waiting.splice(0).forEach((done) => done()),
		kill: () => (isAlive = false)
	};
}

describe('a room', () => {
	it('tells those who hold receipts at once, the others when it is durable, and says saved only then', async () => {
		const held = heldBack();
		const relay = relayOn(new RelayLog(), held.timing);
		const sender = await join(relay, hana);
		const other = await join(relay, dawit);
		const stock = await join(relay, dawit, { dialect: 'stock' });
		sender.says(writeUpdateMessage(edit(7, rate(4)).update));
		await settle();
		expect(sender.kinds()).toEqual(['hello', 'step1']);
		expect(other.kinds()).toEqual(['hello', 'step1', 'receipted']);
		expect(stock.kinds()).toEqual(['step1']);
		const late = await join(relay, dawit, { dialect: 'stock' });
		late.says(writeStep1(new Uint8Array([0])));
		await settle();
		expect(late.kinds()).toEqual(['step1']);
		held.release();
		await settle();
		expect(sender.kinds()).toEqual(['hello', 'step1', 'saved']);
		expect(stock.kinds()).toEqual(['step1', 'update']);
		expect(late.kinds()).toContain('update');
		// what of others' edits is durable is told a while later, and not again to whoever knows
		await new Promise((done) => setTimeout(done, 40));
		expect(other.kinds()).toEqual(['hello', 'step1', 'receipted', 'saved']);
		expect(sender.kinds()).toEqual(['hello', 'step1', 'saved']);
	});

	it('tells and stores what several people do in one turn as one', async () => {
		const log = new RelayLog();
		const relay = relayOn(log);
		const guests = [await join(relay, hana), await join(relay, dawit), await join(relay, hana)];
		const idsIn = (message: ServerMessage | undefined) =>
			message?.kind === 'receipted'
				? [...Y.parseUpdateMeta(message.update).to.keys()].sort((a, b) => a - b)
				: null;
		for (const [at, guest] of guests.slice(0, 2).entries())
			guest.says(writeUpdateMessage(edit(7 + at, rate(at)).update));
		await settle();
		expect(log.of(DOCUMENT).log).toHaveLength(1);
		const told = guests.map(({ heard }) => idsIn(heard.find(({ kind }) => kind === 'receipted')));
		expect(told).toEqual([
			[7, 8],
			[7, 8],
			[7, 8]
		]);
		const { receipt, update, author } = log.of(DOCUMENT).log[0]!;
		expect(author).toBe('several');
		expect(receipts.read(DOCUMENT, update, receipt!)).toEqual(
			new Map([
				[7, hana],
				[8, dawit]
			])
		);
	});

	it('forgets what could not be stored and sends everybody away to come back', async () => {
		const log = new RelayLog();
		const relay = relayOn(log, {
			wait: (what) =>
				what === 'write' ? Promise.reject(new Error('disk full')) : Promise.resolve(),
			isAlive: () => true
		});
		const sender = await join(relay, hana);
		sender.says(writeUpdateMessage(edit(7, rate(4)).update));
		await settle();
		expect(sender.code).toBe(4503);
		expect(sender.kinds()).not.toContain('saved');
		expect(await rating(relay)).toBeUndefined();
	});

	it('refuses new structs under a client id that belongs to somebody else', async () => {
		const relay = relayOn(new RelayLog());
		const victim = await join(relay, hana);
		const thief = await join(relay, dawit);
		const stock = await join(relay, dawit, { dialect: 'stock' });
		const first = edit(7, rate(4));
		victim.says(writeUpdateMessage(first.update));
		const forged = edit(7, rate(1), first.doc);
		thief.says(writeUpdateMessage(forged.update));
		stock.says(writeUpdateMessage(forged.update));
		await settle();
		expect([thief.code, stock.code]).toEqual([4409, 4400]);
		expect(await rating(relay)).toBe(4);
	});

	it('takes no edit of a viewer, tells why, and tells it again to a device that missed it', async () => {
		const log = new RelayLog();
		const relay = relayOn(log);
		const viewer = await join(relay, hana, { role: 'viewer' });
		viewer.says(writeUpdateMessage(edit(7, rate(4)).update));
		await settle();
		expect(viewer.code).toBeNull();
		expect(await rating(relay)).toBeUndefined();
		expect(viewer.kinds()).toEqual(['hello', 'step1', 'refused', 'saved']);
		const notice = {
			id: 1,
			structs: [[7, 0, 1]],
			refusals: [{ key: `${photo}/rating`, reason: 'role' }]
		};
		expect(viewer.heard[2]).toMatchObject({ refused: notice });
		expect(log.of(DOCUMENT).refusals[0]).toMatchObject({
			author: hana,
			refusals: [{ value: '4' }]
		});
		const again = await join(relay, hana);
		expect(again.heard[1]).toMatchObject({ kind: 'refused', refused: notice });
		expect((await join(relay, hana, { refusalsSeen: 1 })).kinds()).toEqual(['hello', 'step1']);
		expect((await join(relay, dawit)).kinds()).toEqual(['hello', 'step1']);
	});

	it("gives back a lost database what others hold of it, as its author's", async () => {
		const before = relayOn(new RelayLog());
		const author = await join(before, hana);
		const witness = await join(before, dawit);
		author.says(writeUpdateMessage(edit(7, rate(4)).update));
		await settle();
		const held = witness.heard.find((message) => message.kind === 'receipted')!;
		const restored = new RelayLog();
		const relay = relayOn(restored);
		const messenger = await join(relay, dawit, { role: 'viewer' });
		if (held.kind !== 'receipted') throw new Error('no receipt');
		messenger.says(writeReceipted(held.update, held.receipt));
		await settle();
		expect(await rating(relay)).toBe(4);
		expect(restored.of(DOCUMENT).clients).toEqual(new Map([[7, hana]]));
		const forged = held.receipt.slice();
		forged[5]! ^= 1;
		messenger.says(writeReceipted(held.update, forged));
		await settle();
		expect(messenger.code).toBe(4400);
	});

	it('gives a slow reader everything at once when it has read', async () => {
		let buffered = 0;
		const later: (() => void)[] = [];
		const log = new RelayLog();
		const relay = createRelay({
			store: log.store(),
			receipts,
			timing: {
				soon: queueMicrotask,
				after: (ms, run) => ms <= 250 && void later.push(run),
				now: () => 0
			},
			epoch: 'one',
			report: () => {},
			tell: () => {}
		});
		const slow = await join(relay, dawit, { buffered: () => buffered });
		const sender = await join(relay, hana);
		buffered = 2 ** 21;
		const doc = new Y.Doc();
		for (let i = 0; i < 20; i++) sender.says(writeUpdateMessage(edit(7, rate(i % 6), doc).update));
		await settle();
		expect(slow.kinds().filter((kind) => kind === 'receipted')).toEqual([]);
		buffered = 0;
		for (const run of later.splice(0)) run();
		await settle();
		const copy = new Y.Doc();
		for (const message of slow.heard)
			if (message.kind === 'receipted') Y.applyUpdate(copy, message.update);
		expect(copy.getMap('marks').get(`${photo}/rating`)).toBe(1);
		expect(slow.kinds()).toEqual(['hello', 'step1', 'receipted', 'saved']);
		buffered = 2 ** 21;
		sender.says(writeUpdateMessage(edit(7, rate(5), doc).update));
		await settle();
		for (let looks = 0; looks < 150; looks++) for (const run of later.splice(0)) run();
		expect(slow.code).toBe(4429);
	});

	it('sends away whoever makes it work without end, and nobody else', async () => {
		let now = 0;
		const relay = createRelay({
			store: new RelayLog().store(),
			receipts,
			// each message takes 10 ms
			timing: {
				soon: queueMicrotask,
				after: (ms, run) => ms < 10 && void setImmediate(run),
				now: () => (now += 5)
			},
			epoch: 'one',
			report: () => {},
			tell: () => {}
		});
		const flood = await join(relay, hana);
		const other = await join(relay, dawit);
		for (let i = 0; i < 3_000 && flood.code === null; i++)
			flood.says(writeStep1(new Uint8Array([0])));
		await settle();
		expect(flood.code).toBe(4429);
		other.says(writeUpdateMessage(edit(7, rate(4)).update));
		await settle();
		expect(other.code).toBeNull();
		expect(await rating(relay)).toBe(4);
	});

	it('survives random bytes in small pieces', async () => {
		const relay = relayOn(new RelayLog());
		let state = 42;
		const random = () => (state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff) / 0x7fff_ffff;
		let guest = await join(relay, hana);
		for (let i = 0; i < 50_000; i++) {
			const bytes = Uint8Array.from({ length: 1 + Math.floor(random() * 40) }, () =>
				Math.floor(random() * 256)
			);
			if (random() < 0.7) bytes.set([0, 2, Math.max(0, bytes.length - 3)].slice(0, bytes.length));
			guest.says(bytes);
			await null;
			if (guest.code === null) continue;
			guest.seat.leave();
			guest = await join(relay, hana);
		}
		guest.says(writeUpdateMessage(edit(9, rate(2)).update));
		expect(await rating(relay)).toBe(2);
	});
});

describe('several relays on one log', () => {
	function two() {
		const log = new RelayLog();
		const relays: Relay[] = [];
		const tellAllBut = (me: number) => (heads: Map<string, number>) => {
			for (const [at, relay] of relays.entries())
				if (at !== me) for (const [document, head] of heads) relay.hear(document, head);
		};
		relays.push(relayOn(log, undefined, tellAllBut(0)), relayOn(log, undefined, tellAllBut(1)));
		return { log, one: relays[0]!, two: relays[1]! };
	}

	it('bring the edits of each to the other, and agree', async () => {
		const { one, two: other } = two();
		const here = await join(one, hana);
		const there = await join(other, dawit);
		const stock = await join(other, dawit, { dialect: 'stock' });
		here.says(writeUpdateMessage(edit(7, rate(4)).update));
		there.says(writeUpdateMessage(edit(8, (marks) => marks.set(`${photo}/flag`, 'pick')).update));
		await settle();
		for (const relay of [one, other])
			expect(Object.fromEntries((await relay.read(DOCUMENT, ['marks']))[0]!)).toEqual({
				[`${photo}/rating`]: 4,
				[`${photo}/flag`]: 'pick'
			});
		expect(there.kinds()).toContain('receipted');
		expect(stock.kinds()).toContain('update');
	});

	it('look for what nobody told them', async () => {
		const log = new RelayLog();
		const [one, other] = [relayOn(log), relayOn(log)];
		const here = await join(one, hana);
		const there = await join(other, dawit);
		here.says(writeUpdateMessage(edit(7, rate(4)).update));
		await settle();
		expect(there.kinds()).not.toContain('receipted');
		await other.look();
		await settle();
		expect(there.kinds()).toContain('receipted');
	});

	it('send away whoever was told one thing here and another thing there', async () => {
		const log = new RelayLog();
		const held = heldBack();
		const [one, other] = [relayOn(log), relayOn(log, held.timing)];
		const here = await join(one, hana);
		const there = await join(other, hana);
		const witness = await join(other, dawit);
		here.says(writeUpdateMessage(edit(7, rate(1)).update));
		await settle();
		there.says(writeUpdateMessage(edit(7, rate(2)).update));
		await settle();
		held.release();
		await settle();
		expect([there.code, witness.code]).toEqual([4503, 4503]);
		expect(witness.kinds()).not.toContain('saved');
		expect(await rating(other)).toBe(1);
	});

	it('count the same edit once when a device repeats it elsewhere', async () => {
		const log = new RelayLog();
		const [one, other] = [relayOn(log), relayOn(log)];
		const here = await join(one, hana);
		const there = await join(other, hana);
		const { update } = edit(7, rate(1));
		here.says(writeUpdateMessage(update));
		there.says(writeUpdateMessage(update));
		await settle();
		expect([here.code, there.code]).toEqual([null, null]);
		for (const each of [here, there]) expect(each.kinds()).toContain('saved');
		expect(await rating(other)).toBe(1);
	});
});
