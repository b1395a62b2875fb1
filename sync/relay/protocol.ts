// The y-websocket protocol (y-protocols/PROTOCOL.md) and our two messages beyond it, which go only to
// clients that ask for them with ?aura=1 in the connection's address.
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';

export const messages = {
	sync: 0,
	awareness: 1,
	auth: 2,
	queryAwareness: 3,
	/** server to client: the state vector that is durable */
	saved: 4,
	/** server to client: keys that were not changed, and why, as JSON */
	refused: 5
} as const;

const syncSteps = { step1: 0, step2: 1, update: 2 } as const;

/** Reasons for which the server ends a connection; 44xx are final for stock clients. */
export const closeCodes = {
	malformed: 4400,
	unauthenticated: 4401,
	forbidden: 4403,
	notFound: 4404,
	tooLarge: 4413,
	tooMany: 4429,
	/** try again: the server could not store */
	unavailable: 4503
} as const;

export type ClientMessage =
	| { kind: 'step1'; stateVector: Uint8Array }
	| { kind: 'update'; update: Uint8Array }
	| { kind: 'awareness'; update: Uint8Array }
	| { kind: 'queryAwareness' };

/** @returns what a client said, or null when it is not of the protocol. */
export function readMessage(bytes: Uint8Array): ClientMessage | null {
	try {
		const d = decoding.createDecoder(bytes);
		switch (decoding.readVarUint(d)) {
			case messages.sync: {
				const step = decoding.readVarUint(d);
				const payload = decoding.readVarUint8Array(d);
				if (step === syncSteps.step1) return { kind: 'step1', stateVector: payload };
				return step === syncSteps.step2 || step === syncSteps.update
					? { kind: 'update', update: payload }
					: null;
			}
			case messages.awareness:
				return { kind: 'awareness', update: decoding.readVarUint8Array(d) };
			case messages.queryAwareness:
				return { kind: 'queryAwareness' };
			default:
				return null;
		}
	} catch {
		return null;
	}
}

const write = (...parts: (number | Uint8Array)[]): Uint8Array => {
	const e = encoding.createEncoder();
	for (const part of parts) {
		if (typeof part === 'number') encoding.writeVarUint(e, part);
		else encoding.writeVarUint8Array(e, part);
	}
	return encoding.toUint8Array(e);
};

export const writeStep1 = (stateVector: Uint8Array) =>
	write(messages.sync, syncSteps.step1, stateVector);
export const writeStep2 = (update: Uint8Array) => write(messages.sync, syncSteps.step2, update);
export const writeUpdateMessage = (update: Uint8Array) =>
	write(messages.sync, syncSteps.update, update);
export const writeAwareness = (update: Uint8Array) => write(messages.awareness, update);
export const writeSaved = (stateVector: Uint8Array) => write(messages.saved, stateVector);
export const writeRefused = (refusals: unknown) =>
	write(messages.refused, new TextEncoder().encode(JSON.stringify(refusals)));
