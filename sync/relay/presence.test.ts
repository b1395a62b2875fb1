import { beforeEach, expect, it } from 'vitest';
import { type PresenceState, readPresence, writePresence } from '../presence/codec.ts';
import { Budgets } from './budget.ts';
import { Peer } from './peer.ts';
import { ELSEWHERE_MS, Presence } from './presence.ts';
import { readServerFrame } from './protocol.ts';

/** A process: who is connected to it, and what each of them is told. */
class Process {
	peers = new Set<Peer>();
	heard = new Map<Peer, PresenceState[]>();
	presence: Presence;
	constructor(tell: (states: PresenceState[]) => void) {
		this.presence = new Presence(this.peers, tell);
	}
	join(person: string): Peer {
		const heard: PresenceState[] = [];
		const peer = new Peer(
			{
				author: { id: person, role: 'editor' },
				name: person,
				dialect: 'stock',
				refusalsSeen: 0,
				takesPieces: false,
				send: (frame) => {
					for (const message of readServerFrame(frame)!)
						if (message.kind === 'awareness') heard.push(...readPresence(message.update, 100)!);
				},
				close: () => {},
				buffered: () => 0
			},
			{ soon: (run) => run(), after: () => {}, now: () => 0 },
			new Budgets().of(person, 0),
			() => () => {}
		);
		this.peers.add(peer);
		this.heard.set(peer, heard);
		return peer;
	}
	says(peer: Peer, client: number, clock: number, state: unknown): void {
		this.presence.hear(peer, writePresence([{ client, clock, state: JSON.stringify(state) }]));
	}
	last(peer: Peer, client: number): unknown {
		const state = this.heard.get(peer)!.findLast((each) => each.client === client)?.state;
		return state === undefined ? undefined : (JSON.parse(state) as unknown);
	}
}

let isConnected: boolean;
let now: number;
let one: Process;
let two: Process;
beforeEach(() => {
	isConnected = true;
	now = 0;
	one = new Process((states) => isConnected && two.presence.hearElsewhere(states, now));
	two = new Process((states) => isConnected && one.presence.hearElsewhere(states, now));
});

it('is told at other processes, and taken back with the connection', () => {
	const hana = one.join('hana');
	const dawit = two.join('dawit');
	one.says(hana, 1, 1, { photo: 'a' });
	expect(two.last(dawit, 1)).toEqual({ photo: 'a', user: { id: 'hana', name: 'hana' } });
	one.peers.delete(hana);
	one.presence.leave(hana);
	expect(two.last(dawit, 1)).toBe(null);
});

it('is not spoken for by somebody else elsewhere, and goes over with its own person', () => {
	one.says(one.join('hana'), 1, 1, { photo: 'a' });
	const eye = two.join('dawit');
	two.presence.greet(eye);
	two.says(two.join('thief'), 1, 2, { photo: 'stolen' });
	one.presence.beat(now);
	expect(JSON.stringify(two.heard.get(eye))).not.toContain('stolen');
	two.says(two.join('hana'), 1, 2, { photo: 'b' });
	expect(two.last(eye, 1)).toMatchObject({ photo: 'b', user: { id: 'hana' } });
});

it('ends with a process that died without a word, and not with one that is quiet', () => {
	one.says(one.join('hana'), 1, 1, { photo: 'a' });
	const eye = two.join('dawit');
	two.presence.greet(eye);
	for (; now < 3 * ELSEWHERE_MS; now += ELSEWHERE_MS / 3) {
		one.presence.beat(now);
		two.presence.beat(now);
	}
	expect(two.last(eye, 1)).toMatchObject({ photo: 'a' });
	isConnected = false;
	for (const end = now + 2 * ELSEWHERE_MS; now < end; now += ELSEWHERE_MS / 3)
		two.presence.beat(now);
	expect(two.last(eye, 1)).toBe(null);
});
