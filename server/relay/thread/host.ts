// The relay in a thread of its own, as the main thread uses it. Should something that a device sent, or that is stored,
// keep it busy for ever or take all its memory, the thread is ended and begun anew: devices come back and say again what
// was not saved, and everything else of the server went on meanwhile.
import { totalmem } from 'node:os';
import { Worker } from 'node:worker_threads';
import { AuraError } from '#shared/errors.ts';
import type { PresenceState } from '#sync/presence/codec.ts';
import type { Connection } from '#sync/relay/peer.ts';
import { closeCodes } from '#sync/relay/protocol.ts';
import type { Relay, Seat } from '#sync/relay/relay.ts';
import type { Database } from '../../database/database.ts';
import { serveDatabase } from './database.ts';
import { Flow } from './flow.ts';
import { Packing, unpack } from './frames.ts';
import { createMail } from './mail.ts';
import { type FromRelay, type ToRelay, fromPlain } from './messages.ts';
import { createSuspects } from './suspects.ts';

export interface ThreadData {
	flow: SharedArrayBuffer;
	kind: Database['kind'];
	secretKey: Uint8Array;
}

export interface ThreadedRelay extends Relay {
	join(document: string, connection: HeldConnection): Promise<Seat>;
	/** Lets it end what it stores, for a while, and ends it. */
	stop(): Promise<void>;
}

interface HostParts {
	/** the built module of the relay's thread */
	file: URL | string;
	database: Database;
	secretKey: Uint8Array;
	tellHeads(heads: ReadonlyMap<string, number>): void;
	tellPresence(document: string, states: PresenceState[] | null): void;
	count(document: string, entries: number): void;
	report(error: unknown): void;
}

/** How much of what a device, and all of them, send waits for the relay before they are not read any more; bytes. */
const intake = { each: 4 * 1024 ** 2, all: 64 * 1024 ** 2 };
/** How often it is looked whether a network has taken what was sent, or the relay what came. */
const DRAIN_MS = 20;
/** MB of its heap: half of what there is, as an embedded database and pictures want some too */
const heapMb = Math.min(8_192, Math.max(512, Math.floor(totalmem() / 2 ** 21)));
/** ms that it has to store the last edits */
const STOP_MS = 3_000;
/** ms without a sign of life after which it is ended */
const HANG_MS = 10_000;
/** ms that a thread should live */
const YOUNG_MS = 1_000;

interface SeatHere {
	connection: HeldConnection;
	document: string;
	place: number;
	joined(seat: Seat): void;
	failed(error: Error): void;
	/** it is not read, as the relay does not keep up */
	isHeld: boolean;
}

/** A connection whose device can be made to wait. */
export interface HeldConnection extends Connection {
	hold(isHeld: boolean): void;
}

/** One life of the thread. */
interface Life {
	worker: Worker;
	flow: Flow;
	seats: Map<number, SeatHere>;
	/** frames to the relay in this turn */
	packing: Packing;
	mail: ReturnType<typeof createMail<ToRelay>>;
	pending: Map<number, { resolve(answer: never): void; reject(error: Error): void }>;
	database: ReturnType<typeof serveDatabase>;
	/** documents that are being read into memory at the moment */
	opening: Set<string>;
	drain: NodeJS.Timeout | null;
	begunAt: number;
	isOver: boolean;
}

const away = () =>
	new AuraError(
		'unavailable',
		'Documents are not served for a moment. Nothing you did is lost; it is tried again.'
	);

/** @returns once it has the database. @throws what ended its thread before that */
export async function createThreadedRelay(parts: HostParts): Promise<ThreadedRelay> {
	const { database, report } = parts;
	const listeners = new Set<(document: string) => void>();
	const suspects = createSuspects(() => performance.now());
	let last = 0;
	let isStopped = false;

	const begin = (): Life => {
		const flow = new Flow();
		const workerData: ThreadData = {
			flow: flow.memory,
			kind: database.kind,
			secretKey: parts.secretKey
		};
		const worker = new Worker(parts.file, {
			workerData,
			resourceLimits: { maxOldGenerationSizeMb: heapMb }
		});
		const mail = createMail<ToRelay>((messages, moved) => worker.postMessage(messages, moved));
		const made: Life = {
			worker,
			flow,
			seats: new Map(),
			packing: new Packing(),
			pending: new Map(),
			mail,
			database: serveDatabase(database, mail.post),
			opening: new Set(),
			drain: null,
			begunAt: performance.now(),
			isOver: false
		};
		worker.on('message', (messages: FromRelay[]) => {
			for (const message of messages) hear(made, message);
		});
		worker.on('error', (error) => end(made, error));
		worker.on('exit', (code) => end(made, new Error(`The relay's thread ended with ${code}.`)));
		return made;
	};

	/** The thread is gone, or is of no use any more: another one takes its place. */
	const end = (of: Life, why: Error) => {
		if (of.isOver) return;
		of.isOver = true;
		failed(why);
		if (of.drain) clearTimeout(of.drain);
		of.database.abandon();
		void of.worker.terminate();
		const heard = of.seats.get(of.flow.heard);
		if (!isStopped) {
			// frames name their sender; else it was what is stored of a document that was being opened
			if (heard) suspects.add(heard.document, heard.connection.author.id);
			else for (const document of of.opening) suspects.add(document);
			const named = heard
				? `${heard.document}, read from ${heard.connection.author.id}`
				: [...of.opening].join(', ');
			report(new Error(`${why.message} Last: ${named || 'nothing known'}.`, { cause: why }));
			// one that cannot live must not be begun as fast as it ends
			const age = performance.now() - of.begunAt;
			setTimeout(
				() => {
					if (!isStopped) life = begin();
				},
				age < YOUNG_MS ? YOUNG_MS : 0
			);
		}
		for (const { reject } of of.pending.values()) reject(away());
		for (const seat of of.seats.values()) {
			seat.failed(away());
			if (seat.isHeld) seat.connection.hold(false);
			seat.connection.close(closeCodes.unavailable, 'come back in a moment');
		}
		of.seats.clear();
	};

	const flush = (of: Life) => {
		if (of.isOver || of.packing.isEmpty) return;
		const packed = of.packing.take();
		of.mail.post({ kind: 'frames', packed }, packed);
	};
	const post = (message: ToRelay) => {
		if (life.isOver) return;
		// what was sent before comes before
		flush(life);
		life.mail.post(message);
	};
	const ask = <T>(say: (id: number) => ToRelay): Promise<T> =>
		new Promise((resolve, reject) => {
			if (life.isOver) return reject(away());
			const id = ++last;
			life.pending.set(id, { resolve, reject });
			post(say(id));
		});

	/** Reads less while the relay does not keep up, and says how much a slow network has not taken. */
	const drain = (of: Life) => {
		of.drain = null;
		let isWaiting = false;
		for (const seat of of.seats.values()) {
			const buffered = seat.connection.buffered();
			of.flow.setBuffered(seat.place, buffered);
			if (
				seat.isHeld &&
				of.flow.waits(seat.place) < intake.each / 2 &&
				of.flow.allWait < intake.all
			) {
				seat.isHeld = false;
				seat.connection.hold(false);
			}
			if (seat.isHeld || buffered > 0) isWaiting = true;
		}
		if (isWaiting) drainLater(of);
	};
	const drainLater = (of: Life) => {
		of.drain ??= setTimeout(drain, DRAIN_MS, of).unref();
	};

	const send = (of: Life, number: number, frame: Uint8Array) => {
		const seat = of.seats.get(number);
		if (!seat) return;
		seat.connection.send(frame);
		const buffered = seat.connection.buffered();
		of.flow.outgoing(seat.place, -frame.length);
		of.flow.setBuffered(seat.place, buffered);
		if (buffered > 0) drainLater(of);
	};

	const seatOf = (of: Life, number: number, place: number): Seat => {
		let isGone = false;
		return {
			receive(frame) {
				if (isGone || of.isOver) return;
				const seat = of.seats.get(number);
				if (!seat) return;
				of.flow.came(place, frame);
				if (of.packing.isEmpty) setImmediate(flush, of);
				of.packing.add(number, frame);
				if (!seat.isHeld && (of.flow.waits(place) > intake.each || of.flow.allWait > intake.all)) {
					seat.isHeld = true;
					seat.connection.hold(true);
					drainLater(of);
				}
			},
			leave() {
				if (isGone || of.isOver) return;
				isGone = true;
				post({ kind: 'leave', seat: number });
			}
		};
	};

	/** Neither side has anything to say of it any more. */
	const forget = (of: Life, number: number): SeatHere | undefined => {
		const seat = of.seats.get(number);
		if (!seat) return;
		of.seats.delete(number);
		of.flow.free(seat.place);
		// its good-bye is read only then
		if (seat.isHeld) seat.connection.hold(false);
		return seat;
	};

	const hear = (of: Life, message: FromRelay) => {
		if (of.isOver) return;
		switch (message.kind) {
			case 'ready':
				return isReady();
			case 'frames':
				return unpack(message.packed, (seat, frame) => send(of, seat, frame));
			case 'statement':
			case 'begin':
			case 'end':
				return of.database.hear(message);
			case 'joined': {
				const seat = of.seats.get(message.seat);
				return seat?.joined(seatOf(of, message.seat, seat.place));
			}
			case 'notJoined':
				return forget(of, message.seat)?.failed(fromPlain(message.error));
			case 'close':
				return of.seats.get(message.seat)?.connection.close(message.code, message.reason);
			case 'left':
				return void forget(of, message.seat);
			case 'done':
				of.pending.get(message.id)?.resolve(message.answer as never);
				return void of.pending.delete(message.id);
			case 'failed':
				of.pending.get(message.id)?.reject(fromPlain(message.error));
				return void of.pending.delete(message.id);
			case 'opens':
				return void of.opening.add(message.document);
			case 'opened':
				return void of.opening.delete(message.document);
			case 'changed':
				for (const listener of listeners) listener(message.document);
				return;
			case 'count':
				return parts.count(message.document, message.entries);
			case 'heads':
				return parts.tellHeads(message.heads);
			case 'presence':
				return parts.tellPresence(message.document, message.states);
			case 'report':
				return report(fromPlain(message.error));
		}
	};

	let isReady = () => {};
	let failed: (why: Error) => void = () => {};
	const ready = new Promise<void>((resolve, reject) => {
		isReady = resolve;
		failed = reject;
	});
	let life = begin();

	// counted in own looks, so that a machine that slept does not count as one that hangs
	const looks = 10;
	let seen = { life, pulse: -1, count: 0 };
	const watch = setInterval(() => {
		const { pulse } = life.flow;
		if (seen.life !== life || seen.pulse !== pulse) seen = { life, pulse, count: 0 };
		// it does not beat before it is loaded, which a busy machine takes its time for
		else if (++seen.count >= (pulse === 0 ? 6 * looks : looks))
			end(life, new Error(`The relay's thread did not answer for ${HANG_MS} ms and was ended.`));
	}, HANG_MS / looks).unref();

	await ready.catch((error: unknown) => {
		isStopped = true;
		clearInterval(watch);
		throw error;
	});
	return {
		join: (document, connection) =>
			new Promise<Seat>((joined, failed) => {
				const wait = suspects.wait(document, connection.author.id);
				const place = wait > 0 || life.isOver ? null : life.flow.take();
				if (place === null) return failed(away());
				const seat = ++last;
				const { author, name, dialect, refusalsSeen, takesPieces } = connection;
				life.seats.set(seat, {
					connection,
					document,
					place,
					joined,
					failed,
					isHeld: false
				});
				const join = { seat, place, document, author, name, dialect, refusalsSeen, takesPieces };
				post({ kind: 'join', join });
			}),
		read: (document, roots) => ask((id) => ({ kind: 'read', id, document, roots })),
		edit: (document, values) => ask((id) => ({ kind: 'edit', id, document, values })),
		look: () => ask((id) => ({ kind: 'look', id })),
		onChange: (listener) => void listeners.add(listener),
		hear: (document, head) => post({ kind: 'hear', document, head }),
		hearPresence: (document, states) => post({ kind: 'hearPresence', document, states }),
		beat: () => post({ kind: 'beat' }),
		async stop() {
			clearInterval(watch);
			const until = performance.now() + STOP_MS;
			while (life.database.isBusy && performance.now() < until)
				await new Promise((resolve) => setTimeout(resolve, 10));
			isStopped = true;
			end(life, new Error('stopped'));
			await life.worker.terminate();
		}
	};
}
