// Who is here: y-protocols' awareness, relayed with limits. A connection speaks for its own client ids only, and the
// relay writes whose session it is into what others see.
import {
	type PresenceState as State,
	readPresence as read,
	writePresence as write
} from '../presence/codec.ts';
import type { Peer } from './peer.ts';
import { closeCodes, writeAwareness } from './protocol.ts';

interface Known {
	clock: number;
	/** JSON; 'null': gone */
	state: string;
	/** whose connection it came over; null: of another process */
	peer: Peer | null;
	/** ms: when the other process has said last that it is so */
	heardAt: number;
}

const MAX_BYTES = 16 * 1024;
const MAX_STATE = 4 * 1024;
/** Tabs that may speak over one connection. */
const MAX_CLIENTS = 8;
const MAX_STATES = MAX_CLIENTS * 64;
const MAX_CLOCK = 2 ** 40;
/** Clients at other processes that are known of. */
const MAX_ELSEWHERE = 4_096;
/** ms after which a process that says nothing more of its people is dead; it says it again three times meanwhile */
export const ELSEWHERE_MS = 60_000;

/** The state that others get: what was said, as whoever is signed in. Null when it is none. */
function stamp(said: string, peer: Peer): string | null {
	if (said.length > MAX_STATE) return null;
	try {
		const state = JSON.parse(said) as unknown;
		if (state === null) return 'null';
		if (typeof state !== 'object' || Array.isArray(state)) return null;
		const { author, name } = peer.connection;
		return JSON.stringify({ ...state, user: { id: author.id, name } });
	} catch {
		return null;
	}
}

/** Whether a connection may go on with what is known of a client id. */
function isOwn({ peer: before, clock: last, state }: Known, peer: Peer, clock: number): boolean {
	if (before === peer) return clock > last;
	if (before) return before.isGone;
	// it was at another process until now: the same person's, who came over
	const { user } = JSON.parse(state) as { user?: { id: string } };
	return clock > last && user?.id === peer.connection.author.id;
}

/** Who is in one room. */
export class Presence {
	#known = new Map<number, Known>();

	constructor(
		private readonly peers: ReadonlySet<Peer>,
		/** tells other processes who is here */
		private readonly tellElsewhere: (states: State[]) => void = () => {}
	) {}

	/** Tells somebody who is here. */
	greet(to: Peer): void {
		const states = [...this.#known]
			.filter(([, { state }]) => state !== 'null')
			.map(([client, { clock, state }]) => ({ client, clock, state }));
		if (states.length > 0) to.send(writeAwareness(write(states)));
	}

	/** Takes what a connection says of itself; what it says of others is not heard. */
	hear(peer: Peer, update: Uint8Array): void {
		if (update.length > MAX_BYTES)
			return peer.close(closeCodes.tooLarge, 'this says too much of who is here');
		const said = read(update, MAX_STATES);
		if (!said) return peer.close(closeCodes.malformed, 'not an awareness update');
		const taken: State[] = [];
		for (const { client, clock, state } of said) {
			const known = this.#known.get(client);
			if (known && !isOwn(known, peer, clock)) continue;
			if (clock > MAX_CLOCK || (!known && this.#countOf(peer) >= MAX_CLIENTS)) continue;
			const stamped = stamp(state, peer);
			if (stamped === null) continue;
			this.#known.set(client, { clock, state: stamped, peer, heardAt: 0 });
			taken.push({ client, clock, state: stamped });
		}
		this.#tell(taken);
		if (taken.length > 0) this.tellElsewhere(taken);
	}

	/** Takes what another process says of those who are connected there. */
	hearElsewhere(states: State[], now: number): void {
		const taken: State[] = [];
		for (const { client, clock, state } of states) {
			const known = this.#known.get(client);
			if (known?.peer) continue;
			if (known && clock <= known.clock) {
				if (clock === known.clock) known.heardAt = now;
				continue;
			}
			if (!known && (state === 'null' || this.#known.size >= MAX_ELSEWHERE)) continue;
			if (state === 'null') this.#known.delete(client);
			else this.#known.set(client, { clock, state, peer: null, heardAt: now });
			taken.push({ client, clock, state });
		}
		this.#tell(taken);
	}

	/** Says again who is connected here, and forgets those of processes that say nothing any more. */
	beat(now: number): void {
		const gone: State[] = [];
		for (const [client, { clock, state, peer, heardAt }] of this.#known) {
			if (peer || now - heardAt < ELSEWHERE_MS) continue;
			this.#known.delete(client);
			if (state !== 'null') gone.push({ client, clock: clock + 1, state: 'null' });
		}
		this.#tell(gone);
		const here = this.#here();
		if (here.length > 0) this.tellElsewhere(here);
	}

	#here(): State[] {
		return [...this.#known]
			.filter(([, { peer, state }]) => peer && state !== 'null')
			.map(([client, { clock, state }]) => ({ client, clock, state }));
	}

	/** Whoever spoke over this connection is gone. */
	leave(peer: Peer): void {
		const gone: State[] = [];
		for (const [client, known] of this.#known) {
			if (known.peer !== peer) continue;
			this.#known.delete(client);
			if (known.state !== 'null') gone.push({ client, clock: known.clock + 1, state: 'null' });
		}
		this.#tell(gone);
		if (gone.length > 0) this.tellElsewhere(gone);
	}

	#countOf(peer: Peer): number {
		let count = 0;
		for (const known of this.#known.values()) if (known.peer === peer) count++;
		return count;
	}

	#tell(states: State[]): void {
		if (states.length === 0) return;
		const message = writeAwareness(write(states));
		for (const each of this.peers) each.tell(message);
	}
}
