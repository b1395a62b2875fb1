// Hostile bytes and messages against the relay: whatever comes, nothing forbidden is applied, nobody else notices, and the
// process lives. AURA_FUZZ=1000000 for the long run.
import { expect, it } from 'vitest';
import * as Y from 'yjs';
import type { Role } from '#shared/permissions.ts';
import {
	encodeClocks,
	readServerFrame,
	writeReceipted,
	writeUpdateMessage
} from '#sync/relay/protocol.ts';
import { createReceipts } from '#sync/relay/receipts.ts';
import { type Seat, createRelay } from '#sync/relay/relay.ts';
import { seededRandom } from '../simulation/world.ts';
import { RelayLog } from '../support/relay-log.ts';

const ROUNDS = Number(process.env['AURA_FUZZ'] ?? 10_000);
/** Messages to one relay: afterwards its document is large, and a new one begins. */
const BATCH = 1_500;
const DOCUMENT = 'event/00000000-0000-4000-8000-000000000000';
const photo = 'a'.repeat(32);
const people = ['1', '2', '3'].map((digit) => `${digit.repeat(8)}-1111-4111-8111-111111111111`);
const random = seededRandom(Number(process.env['AURA_SEED'] ?? 20_260_119));
const int = (below: number) => Math.floor(random() * below);
const pick = <Item>(items: readonly Item[]): Item => items[int(items.length)]!;

const receipts = createReceipts((...parts) => {
	let sum = 7;
	for (const part of parts) for (const byte of part) sum = (Math.imul(sum, 31) + byte) >>> 0;
	return Uint8Array.from({ length: 16 }, (_, at) => (sum >>> (at % 4)) & 255);
});

/** A valid update by somebody, on top of what the server has or of nothing. */
function validUpdate(state: Uint8Array): Uint8Array {
	const doc = new Y.Doc();
	if (random() < 0.7) Y.applyUpdate(doc, state);
	const before = Y.encodeStateVector(doc);
	for (let i = int(5); i >= 0; i--) {
		const root = pick(['marks', 'marks', 'photos', 'stored', 'prices']);
		const key = pick([
			`${photo}/rating`,
			`${photo}/flag`,
			`${photo}/caption`,
			photo,
			'../x',
			'__proto__'
		]);
		const value = pick<unknown>([
			int(6),
			'pick',
			'x'.repeat(int(40)),
			99,
			null,
			{ a: [1] },
			[[]],
			-0.5,
			true
		]);
		if (random() < 0.1) doc.getMap(root).delete(key);
		else doc.getMap(root).set(key, value);
	}
	if (random() < 0.03) doc.getArray('list').push([1]);
	if (random() < 0.03) doc.getText('text').insert(0, 'x');
	if (random() < 0.03) doc.getMap('photos').set(photo, new Y.Map());
	return Y.encodeStateAsUpdate(doc, before);
}

/** Bytes that were touched: flipped, cut, doubled, with huge numbers in the middle. */
function mutate(bytes: Uint8Array): Uint8Array {
	let out = [...bytes];
	for (let i = 1 + int(4); i > 0; i--) {
		const at = int(out.length + 1);
		const kind = int(6);
		if (kind === 0) out[at] = int(256);
		else if (kind === 1) out = out.slice(0, at);
		else if (kind === 2) out.splice(at, int(4));
		else if (kind === 3) out.splice(at, 0, ...out.slice(at, at + int(20)));
		else if (kind === 4) out.splice(at, 0, 255, 255, 255, 255, 255, 255, int(128));
		else out[at] = (out[at] ?? 0) ^ (1 << int(8));
	}
	return Uint8Array.from(out);
}

const codes = new Map<number, number>();

async function attack(rounds: number): Promise<void> {
	const log = new RelayLog();
	const failures: unknown[] = [];
	const relay = createRelay({
		store: log.store(),
		receipts,
		timing: {
			soon: queueMicrotask,
			after: (ms, run) => ms < 10 && void setImmediate(run),
			now: () => 0
		},
		epoch: 'one',
		report: (error) => failures.push(error),
		tell: () => {}
	});
	let code: number | null = null;
	const join = (
		id: string,
		role: Role,
		onFrame: (frame: Uint8Array) => void,
		onClose: (code: number) => void
	) =>
		relay.join(DOCUMENT, {
			author: { id, role },
			name: 'x',
			dialect: pick(['stock', 'v1', 'v2'] as const),
			refusalsSeen: 0,
			takesPieces: true,
			send: onFrame,
			close: onClose,
			buffered: () => 0
		});
	// somebody honest, who must never notice
	const honest = new Y.Doc();
	honest.clientID = 424_242;
	let honestCode: number | null = null;
	let saved = 0;
	const good = await relay.join(DOCUMENT, {
		author: { id: people[0]!, role: 'editor' },
		name: 'Honest',
		dialect: 'v2',
		refusalsSeen: 0,
		takesPieces: true,
		send: (frame) => {
			for (const message of readServerFrame(frame)!) {
				if (message.kind === 'saved')
					saved = Math.max(saved, Y.decodeStateVector(message.stateVector).get(424_242) ?? 0);
				if (message.kind === 'receipted' || message.kind === 'state')
					Y.applyUpdate(honest, message.update);
			}
		},
		close: (given) => (honestCode = given),
		buffered: () => 0
	});
	let edits = 0;
	let role: Role = 'viewer';
	let seat: Seat = await join(
		people[1]!,
		role,
		() => {},
		(given) => (code ??= given)
	);
	let viewerWrote = false;
	const codeOf = () => code;
	let state = Y.encodeStateAsUpdate(honest);
	for (let round = 0; round < rounds; round++) {
		if (round % 300 === 0) state = Y.encodeStateAsUpdate(honest);
		const update = validUpdate(state);
		const bytes = random() < 0.6 ? mutate(update) : update;
		const before = log.of(DOCUMENT).head;
		const kind = int(10);
		seat.receive(
			kind < 7
				? writeUpdateMessage(bytes)
				: kind < 8
					? writeReceipted(
							bytes,
							mutate(receipts.write(DOCUMENT, update, new Map([[1, people[2]!]])))
						)
					: kind < 9
						? mutate(writeUpdateMessage(bytes))
						: Uint8Array.from([
								int(12),
								int(4),
								...mutate(encodeClocks(new Map([[int(9), int(9)]])))
							])
		);
		if (round % 10 === 0) await new Promise((done) => setImmediate(done));
		else await null;
		// a viewer's updates leave at most empty structs
		if (role === 'viewer' && log.of(DOCUMENT).head > before) {
			const doc = new Y.Doc();
			for (const entry of log.of(DOCUMENT).log.slice(before)) {
				const owners = receipts.read(DOCUMENT, entry.update, entry.receipt!)!;
				Y.applyUpdate(doc, entry.update);
				for (const [client, structs] of doc.store.clients)
					viewerWrote ||=
						owners.get(client) === people[1] &&
						structs.some((struct) => struct instanceof Y.Item && !struct.deleted);
			}
		}
		if (code !== null) {
			codes.set(code, (codes.get(code) ?? 0) + 1);
			seat.leave();
			// what it was allowed before is stored before its role changes
			await new Promise((done) => setTimeout(done, 1));
			code = null;
			role = pick(['viewer', 'viewer', 'photographer', 'editor'] as const);
			seat = await join(
				people[1]!,
				role,
				() => {},
				(given) => (code ??= given)
			);
		}
		if (round % 250 === 0) {
			const since = Y.encodeStateVector(honest);
			honest.getMap('marks').set(`${photo}/rating`, round % 6);
			edits = Y.getState(honest.store, 424_242);
			good.receive(writeUpdateMessage(Y.encodeStateAsUpdate(honest, since)));
			await new Promise((done) => setImmediate(done));
		}
	}
	await new Promise((done) => setTimeout(done, 20));
	expect(codeOf()).toBeNull();
	expect(failures).toEqual([]);
	expect(viewerWrote).toBe(false);
	expect(honestCode).toBeNull();
	expect(saved).toBe(edits);
	// what is in memory is what the log gives back, and everything in it fits
	const doc = new Y.Doc();
	for (const update of log.updates(DOCUMENT)) Y.applyUpdate(doc, update);
	const [marks, stored] = await relay.read(DOCUMENT, ['marks', 'stored']);
	expect(doc.getMap('marks').toJSON()).toEqual(Object.fromEntries(marks!));
	expect(stored!.size).toBe(0);
	for (const root of doc.share.keys()) expect(['marks', 'photos']).toContain(root);
}

it(
	`stands ${ROUNDS} hostile messages`,
	async () => {
		for (let done = 0; done < ROUNDS; done += BATCH) await attack(Math.min(BATCH, ROUNDS - done));
		for (const known of [4400, 4403])
			expect(codes.get(known) ?? 0, String(known)).toBeGreaterThan(50);
	},
	6 * 3_600_000
);
