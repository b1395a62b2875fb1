// Carries a replica's document to the relay and back: connects, waits longer after each failure, notices dead
// connections, and says how it stands.
import {
	type ServerMessage,
	closeCodes,
	readServerFrame,
	writeAwareness,
	writePing
} from '../relay/protocol.ts';
import type { Replica } from './replica.ts';

/** A connection that is being made, or is there. */
export interface Socket {
	send(frame: Uint8Array): void;
	close(): void;
}

export interface SocketEvents {
	opened(): void;
	frame(frame: Uint8Array): void;
	/** also when it could not be made; @param code of the server; 1006: nobody said why */
	closed(code: number): void;
}

/** What a link needs of its world. */
export interface LinkParts {
	/** @param query for the relay's address */
	dial(document: string, query: Record<string, string>, events: SocketEvents): Socket;
	/** @returns takes it back */
	after(ms: number, run: () => void): () => void;
	soon(run: () => void): void;
	/** a number from 0 to 1 */
	random(): number;
}

/**
 * 'offline' has no connection; 'signedOut' was told to sign in; 'refused' may not open the document, or it is
 * not known to the server yet.
 */
export type LinkState = 'offline' | 'connected' | 'signedOut' | 'refused';

export interface Link {
	state(): LinkState;
	/** The first attempt is under way: nobody knows yet whether the server can be reached. */
	isHopeful(): boolean;
	/** Tries to connect now, or finds out now whether the connection lives. */
	connect(): void;
	/**
	 * Lets the connection go until `connect` or until something is edited here; what others edit comes then. Not while something
	 * waits. The state stays what it was: nothing is wrong.
	 */
	rest(): void;
	/** Says who is here; kept until the next one and said again after each connection. */
	sayAwareness(update: Uint8Array): void;
	destroy(): void;
}

export const linkTimes = {
	/** first wait after a failure, ms; doubles with each */
	first: 250,
	longest: 30_000,
	/** until a document that the server refused is asked for again: it may learn of it meanwhile */
	refused: 3_000,
	/** silence after which it is asked whether the connection lives */
	silence: 25_000,
	/** until it must answer */
	answer: 8_000
};

/**
 * @param onChange called after the state may have changed
 * @param onAwareness called with what others say of themselves, and with null when the connection is gone
 */
export function openLink(
	replica: Replica,
	parts: LinkParts,
	onChange: () => void = () => {},
	onAwareness: (update: Uint8Array | null) => void = () => {}
): Link {
	let state: LinkState = 'offline';
	let socket: Socket | null = null;
	let isOpen = false;
	let failures = 0;
	let cancelTimer = () => {};
	let awareness: Uint8Array | null = null;
	let isDestroyed = false;
	/** ends what would end a rest */
	let stopResting: (() => void) | null = null;

	const wait = (ms: number, run: () => void) => {
		cancelTimer();
		cancelTimer = parts.after(ms, run);
	};
	const set = (next: LinkState) => {
		state = next;
		onChange();
	};

	const listen = () => wait(linkTimes.silence, () => ask(linkTimes.answer));
	/** Whoever does not answer in time is gone. */
	const ask = (ms: number) => {
		send(writePing());
		wait(ms, () => drop(1006));
	};

	let out: Uint8Array[] = [];
	const send = (message: Uint8Array) => {
		out.push(message);
		if (out.length === 1) parts.soon(flush);
	};
	const flush = () => {
		const messages = out;
		out = [];
		if (!socket || !isOpen || messages.length === 0) return;
		const frame = new Uint8Array(messages.reduce((sum, { length }) => sum + length, 0));
		let at = 0;
		for (const message of messages) {
			frame.set(message, at);
			at += message.length;
		}
		socket.send(frame);
	};

	const hear = (frame: Uint8Array) => {
		listen();
		const said: ServerMessage[] | null = readServerFrame(frame);
		if (!said) return drop(1006);
		for (const message of said) {
			if (message.kind === 'awareness') onAwareness(message.update);
			else replica.hear(message);
			// what has come is kept: the next attempt goes on from there
			if (message.kind === 'piece') failures = 0;
		}
		if (!replica.isSynced) return;
		failures = 0;
		if (state !== 'connected') set('connected');
	};

	/** The connection is over, by whomever. */
	const letGo = () => {
		const old = socket;
		socket = null;
		isOpen = false;
		out = [];
		old?.close();
		cancelTimer();
	};
	const drop = (code: number) => {
		letGo();
		if (isDestroyed) return;
		replica.disconnect();
		onAwareness(null);
		if (code === closeCodes.foreignClient) replica.renewClient();
		if (code === closeCodes.unauthenticated) return set('signedOut');
		const isRefused = code === closeCodes.forbidden || code === closeCodes.notFound;
		set(isRefused ? 'refused' : 'offline');
		failures++;
		const most = Math.min(linkTimes.longest, linkTimes.first * 2 ** Math.min(failures - 1, 20));
		// anywhere in the second half: many devices must not come back at the same moment
		const pause = isRefused ? linkTimes.refused : most / 2 + (parts.random() * most) / 2;
		wait(pause, dial);
	};

	const dial = () => {
		if (socket || isDestroyed) return;
		stopResting?.();
		cancelTimer();
		let made: Socket | null = null;
		const isCurrent = () => made !== null && made === socket;
		const query = {
			aura: '1',
			v: '2',
			pieces: '1',
			refusals: String(replica.refusalsSeen)
		};
		made = parts.dial(replica.name, query, {
			opened() {
				if (!isCurrent()) return;
				isOpen = true;
				listen();
				replica.connect({ send, end: () => drop(1006) });
				if (awareness) send(writeAwareness(awareness));
			},
			frame: (frame) => isCurrent() && hear(frame),
			closed: (code) => isCurrent() && drop(code)
		});
		socket = made;
		// a network that swallows everything answers never
		wait(linkTimes.silence, () => drop(1006));
	};

	dial();
	return {
		state: () => state,
		isHopeful: () => state === 'offline' && socket !== null && failures === 0,
		connect() {
			failures = 0;
			if (socket && isOpen) ask(linkTimes.answer / 2);
			else {
				const old = socket;
				socket = null;
				old?.close();
				dial();
			}
		},
		rest() {
			if (!isOpen || state !== 'connected' || replica.waiting() > 0) return;
			letGo();
			replica.disconnect();
			onAwareness(null);
			const { doc } = replica;
			const look = () => replica.waiting() > 0 && dial();
			doc.on('update', look);
			stopResting = () => {
				doc.off('update', look);
				stopResting = null;
			};
		},
		sayAwareness(update) {
			awareness = update;
			if (isOpen) send(writeAwareness(update));
		},
		destroy() {
			isDestroyed = true;
			stopResting?.();
			drop(1000);
		}
	};
}
