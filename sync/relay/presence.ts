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
	peer: Peer;
}

const MAX_BYTES = 16 * 1024;
const MAX_STATE = 4 * 1024;
/** Tabs that may speak over one connection. */
const MAX_CLIENTS = 8;
const MAX_STATES = MAX_CLIENTS * 64;
const MAX_CLOCK = 2 ** 40;

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

/** Who is in one room. */
export class Presence {
	#known = new Map<number, Known>();

	constructor(private readonly peers: ReadonlySet<Peer>) {}

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
			if (known && (known.peer !== peer || clock <= known.clock) && !known.peer.isGone) continue;
			if (clock > MAX_CLOCK || (!known && this.#countOf(peer) >= MAX_CLIENTS)) continue;
			const stamped = stamp(state, peer);
			if (stamped === null) continue;
			this.#known.set(client, { clock, state: stamped, peer });
			taken.push({ client, clock, state: stamped });
		}
		this.#tell(taken);
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
