// The y-websocket protocol (y-protocols/PROTOCOL.md) and our messages beyond it, which go only to clients that ask
// for them with ?aura=1 in the connection's address; with &v=2 a frame may hold several messages, one after the other.
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { encoded } from '../documents/encoded.ts';

export const messages = {
	sync: 0,
	awareness: 1,
	auth: 2,
	queryAwareness: 3,
	/** server to client: clocks that are durable, as a state vector of what has changed since it last said so */
	saved: 4,
	/** server to client: keys that were not changed, and why, as JSON */
	refused: 5,
	/** both ways: an update with the server's receipt of who wrote it */
	receipted: 6,
	/** server to client, before all else: which life of the database this is, as JSON */
	hello: 7,
	/** server to client: the answer to a state vector, like `receipted` */
	state: 8,
	/** to the server, and back: this connection lives */
	ping: 9,
	/** server to client: a part of the answer to a state vector; the last one is `state`. Only for those that ask with &pieces=1 */
	piece: 10
} as const;

const syncSteps = { step1: 0, step2: 1, update: 2 } as const;

/** Reasons for which the server ends a connection; 44xx are final for stock clients. */
export const closeCodes = {
	malformed: 4400,
	unauthenticated: 4401,
	forbidden: 4403,
	notFound: 4404,
	/** a client id that belongs to somebody else: take another one */
	foreignClient: 4409,
	tooLarge: 4413,
	tooMany: 4429,
	/** try again: the server could not store */
	unavailable: 4503
} as const;

/** What a connection speaks: the plain protocol; `saved` and `refused` besides; receipts and several messages a frame. */
export type Dialect = 'stock' | 'v1' | 'v2';

export type ClientMessage =
	| { kind: 'step1'; stateVector: Uint8Array }
	| { kind: 'update'; update: Uint8Array }
	| { kind: 'receipted'; update: Uint8Array; receipt: Uint8Array }
	| { kind: 'awareness'; update: Uint8Array }
	| { kind: 'ping' }
	| { kind: 'queryAwareness' };

export type ServerMessage =
	| Exclude<ClientMessage, { kind: 'queryAwareness' }>
	| { kind: 'state' | 'piece'; update: Uint8Array; receipt: Uint8Array }
	| { kind: 'saved'; stateVector: Uint8Array }
	| { kind: 'refused'; refused: unknown }
	| { kind: 'hello'; hello: unknown };

const json = (d: decoding.Decoder): unknown =>
	JSON.parse(new TextDecoder().decode(decoding.readVarUint8Array(d)));

type ReadBytes = (d: decoding.Decoder) => Uint8Array;
/** A view of the frame, for whoever reads it at once. */
const view: ReadBytes = (d) => decoding.readVarUint8Array(d);
/** What is kept must not hold the whole frame. */
const copy: ReadBytes = (d) => decoding.readVarUint8Array(d).slice();

function readShared(kind: number, d: decoding.Decoder, bytes: ReadBytes): ClientMessage | null {
	switch (kind) {
		case messages.sync: {
			const step = decoding.readVarUint(d);
			if (step === syncSteps.step1) return { kind: 'step1', stateVector: bytes(d) };
			return step === syncSteps.step2 || step === syncSteps.update
				? { kind: 'update', update: bytes(d) }
				: null;
		}
		case messages.awareness:
			return { kind: 'awareness', update: bytes(d) };
		case messages.ping:
			return { kind: 'ping' };
		case messages.receipted:
			return { kind: 'receipted', update: bytes(d), receipt: bytes(d) };
		default:
			return null;
	}
}

/** Messages of one frame; more are not read. */
const MAX_MESSAGES = 10_000;

function readAll<Message>(
	frame: Uint8Array,
	read: (kind: number, d: decoding.Decoder) => Message | null
): Message[] | null {
	const all: Message[] = [];
	try {
		const d = decoding.createDecoder(frame);
		do {
			const message = read(decoding.readVarUint(d), d);
			if (!message || all.length >= MAX_MESSAGES) return null;
			all.push(message);
		} while (decoding.hasContent(d));
	} catch {
		return null;
	}
	return all;
}

/** @returns what a client said in one frame, or null when it is not of the protocol. */
export const readClientFrame = (frame: Uint8Array): ClientMessage[] | null =>
	readAll(frame, (kind, d) =>
		kind === messages.queryAwareness ? { kind: 'queryAwareness' } : readShared(kind, d, view)
	);

/** @returns what the server said in one frame, or null when it is not of the protocol. */
export const readServerFrame = (frame: Uint8Array): ServerMessage[] | null =>
	readAll<ServerMessage>(frame, (kind, d) => {
		switch (kind) {
			case messages.state:
				return { kind: 'state', update: copy(d), receipt: copy(d) };
			case messages.piece:
				return { kind: 'piece', update: copy(d), receipt: copy(d) };
			case messages.saved:
				return { kind: 'saved', stateVector: copy(d) };
			case messages.refused:
				return { kind: 'refused', refused: json(d) };
			case messages.hello:
				return { kind: 'hello', hello: json(d) };
			default:
				return readShared(kind, d, copy) as ServerMessage | null;
		}
	});

const write = (...parts: (number | Uint8Array)[]): Uint8Array =>
	encoded((e) => {
		for (const part of parts) {
			if (typeof part === 'number') encoding.writeVarUint(e, part);
			else encoding.writeVarUint8Array(e, part);
		}
	});
const writeJson = (kind: number, value: unknown) =>
	write(kind, new TextEncoder().encode(JSON.stringify(value)));

export const writeStep1 = (stateVector: Uint8Array) =>
	write(messages.sync, syncSteps.step1, stateVector);
export const writeStep2 = (update: Uint8Array) => write(messages.sync, syncSteps.step2, update);
export const writeUpdateMessage = (update: Uint8Array) =>
	write(messages.sync, syncSteps.update, update);
export const writeAwareness = (update: Uint8Array) => write(messages.awareness, update);
export const writePing = () => write(messages.ping);
export const writeSaved = (stateVector: Uint8Array) => write(messages.saved, stateVector);
export const writeReceipted = (update: Uint8Array, receipt: Uint8Array) =>
	write(messages.receipted, update, receipt);
export const writeState = (update: Uint8Array, receipt: Uint8Array) =>
	write(messages.state, update, receipt);
export const writePiece = (update: Uint8Array, receipt: Uint8Array) =>
	write(messages.piece, update, receipt);
export const writeRefused = (refused: unknown) => writeJson(messages.refused, refused);
export const writeHello = (hello: Hello) => writeJson(messages.hello, hello);

/** What the server says of itself first. */
export interface Hello {
	/** changes when the database was put back to an earlier state */
	epoch: string;
	/** what this person is here, as the connection was judged by; older servers do not say */
	role?: string;
}

/** What a client is told of a change that was not taken. */
export interface RefusedNotice {
	/** grows; a client asks for those after the last one that it has */
	id: number;
	/** structs that became empty: client id, clock, length */
	structs: [number, number, number][];
	/** those that were not judged, because what they continue became empty before: client id and clock of the first refusals */
	lost: [number, number][];
	refusals: {
		/** root and key are '' where only the device knows them */
		root: string;
		key: string;
		/** what was to be set, as JSON */
		value: string;
		reason: string;
		message: string;
	}[];
	/** when, as ISO 8601 */
	at: string;
}

/** Clocks only go forward: what is said again of earlier ones takes nothing back. */
export function advance(clocks: Map<number, number>, by: ReadonlyMap<number, number>): void {
	for (const [client, clock] of by)
		if (clock > (clocks.get(client) ?? 0)) clocks.set(client, clock);
}

/** Clocks as a state vector. */
export const encodeClocks = (clocks: ReadonlyMap<number, number>): Uint8Array =>
	encoded((e) => {
		encoding.writeVarUint(e, clocks.size);
		for (const [client, clock] of clocks) {
			encoding.writeVarUint(e, client);
			encoding.writeVarUint(e, clock);
		}
	});

/** @returns clocks by client, or null when it is no state vector */
export function decodeClocks(stateVector: Uint8Array): Map<number, number> | null {
	try {
		const d = decoding.createDecoder(stateVector);
		const count = decoding.readVarUint(d);
		const clocks = new Map<number, number>();
		for (let i = 0; i < count; i++) clocks.set(decoding.readVarUint(d), decoding.readVarUint(d));
		return clocks;
	} catch {
		return null;
	}
}
