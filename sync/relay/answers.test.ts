import { expect, it } from 'vitest';
import * as Y from 'yjs';
import { Answers } from './answers.ts';
import { Budgets } from './budget.ts';
import { type Connection, Peer, type Timing } from './peer.ts';

/** Somebody who asks for a document with ten values. */
function asker(
	connection: Pick<Connection, 'dialect' | 'takesPieces' | 'buffered'>,
	after: Timing['after'],
	onSent: (update: Uint8Array) => void
) {
	const doc = new Y.Doc();
	for (let i = 0; i < 10; i++) doc.getMap('marks').set(`${i}/rating`, 5);
	const timing: Timing = { soon: (run) => run(), after, now: () => 0 };
	const peer = new Peer(
		{
			...connection,
			...{ author: { id: 'hana', role: 'editor' }, name: 'Hana', refusalsSeen: 0 },
			send: () => {},
			close: () => {}
		},
		timing,
		new Budgets().of('hana', 0),
		() => () => {}
	);
	const answers = new Answers({
		doc,
		timing,
		most: 1,
		whenTellable: (_, run) => run(),
		send: (_, { update }) => onSent(update)
	});
	return { peer, ask: () => answers.ask(peer, Uint8Array.of(0)) };
}

it('answers a thousand questions of one turn once, and those that come meanwhile with the next answer', () => {
	const due: (() => void)[] = [];
	let buffered = 0;
	let sent = 0;
	const { peer, ask } = asker(
		{ dialect: 'stock', takesPieces: false, buffered: () => buffered },
		(_, run) => void due.push(run),
		() => {
			sent++;
			buffered += 1_000_000;
		}
	);
	for (let i = 0; i < 1_000; i++) ask();
	expect(sent).toBe(1);
	const turn = () => due.splice(0).forEach((run) => run());
	for (let i = 0; i < 1_000; i++) turn();
	// it has not read the first one yet, and is not sent away for that
	expect([sent, peer.isGone]).toEqual([1, false]);
	buffered = 0;
	turn();
	turn();
	expect(sent).toBe(2);
	buffered = 0;
	for (let i = 0; i < 10; i++) turn();
	expect(sent).toBe(2);
	ask();
	expect(sent).toBe(3);
});

it('gives the next piece soon after a fast network has taken the one before', () => {
	const due: [at: number, run: () => void][] = [];
	let now = 0;
	let readAt = 0;
	const pieces: Uint8Array[] = [];
	const { ask } = asker(
		{ dialect: 'v2', takesPieces: true, buffered: () => (now < readAt ? 300_000 : 0) },
		(ms, run) => void due.push([now + ms, run]),
		(update) => {
			pieces.push(update);
			readAt = now + 5;
		}
	);
	ask();
	for (let next = due.shift(); next; next = due.shift()) {
		now = Math.max(now, next[0]);
		next[1]();
	}
	const copy = new Y.Doc();
	for (const piece of pieces) Y.applyUpdate(copy, piece);
	expect([pieces.length, copy.getMap('marks').size]).toEqual([10, 10]);
	expect(now).toBeLessThanOrEqual(10 * 2 * 5);
});
