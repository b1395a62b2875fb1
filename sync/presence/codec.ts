// The awareness messages of y-protocols (awareness.js): who is here, as JSON by client id.
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';

export interface PresenceState {
	client: number;
	/** grows with each state of a client */
	clock: number;
	/** JSON; 'null': gone */
	state: string;
}

/** @returns what an update says, or null when it is none or says of more than `most` clients */
export function readPresence(update: Uint8Array, most: number): PresenceState[] | null {
	try {
		const d = decoding.createDecoder(update);
		const count = decoding.readVarUint(d);
		if (count > most) return null;
		const states: PresenceState[] = [];
		for (let i = 0; i < count; i++)
			states.push({
				client: decoding.readVarUint(d),
				clock: decoding.readVarUint(d),
				state: decoding.readVarString(d)
			});
		return decoding.hasContent(d) ? null : states;
	} catch {
		return null;
	}
}

export function writePresence(states: PresenceState[]): Uint8Array {
	const e = encoding.createEncoder();
	encoding.writeVarUint(e, states.length);
	for (const { client, clock, state } of states) {
		encoding.writeVarUint(e, client);
		encoding.writeVarUint(e, clock);
		encoding.writeVarString(e, state);
	}
	return encoding.toUint8Array(e);
}
