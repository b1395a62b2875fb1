import { expect, it } from 'vitest';
import * as Y from 'yjs';
import { Answers } from './answers.ts';
import { Budgets } from './budget.ts';
import { Peer, type Timing } from './peer.ts';

it('answers a thousand questions of one turn once, and those that come meanwhile with the next answer', () => {
	const doc = new Y.Doc();
	doc.getMap('marks').set('x/rating', 5);
	const due: (() => void)[] = [];
	let buffered = 0;
	let sent = 0;
	const timing: Timing = {
		soon: (run) => run(),
		after: (_, run) => void due.push(run),
		now: () => 0
	};
	const peer = new Peer(
		{
			author: { id: 'hana', role: 'editor' },
			name: 'Hana',
			dialect: 'stock',
			refusalsSeen: 0,
			takesPieces: false,
			send: () => {},
			close: () => {},
			buffered: () => buffered
		},
		timing,
		new Budgets().of('hana', 0),
		() => () => {}
	);
	const answers = new Answers({
		doc,
		timing,
		most: 1_000,
		whenTellable: (_, run) => run(),
		send: () => {
			sent++;
			buffered += 1_000_000;
		}
	});
	for (let i = 0; i < 1_000; i++) answers.ask(peer, Uint8Array.of(0));
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
	answers.ask(peer, Uint8Array.of(0));
	expect(sent).toBe(3);
});
