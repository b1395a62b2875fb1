// The relay's thread: documents are read, judged and applied here, and nothing else is.
import { parentPort, workerData } from 'node:worker_threads';
import type { Connection } from '#sync/relay/peer.ts';
import { closeCodes } from '#sync/relay/protocol.ts';
import type { Relay, Seat } from '#sync/relay/relay.ts';
import { openRelay } from '../open.ts';
import { remoteDatabase } from './database.ts';
import { Flow } from './flow.ts';
import { Packing, unpack } from './frames.ts';
import type { ThreadData } from './host.ts';
import { createMail } from './mail.ts';
import {
	type DatabaseAnswer,
	type FromRelay,
	type JoinRequest,
	type ToRelay,
	toPlain
} from './messages.ts';

/** How often it says that it lives. */
const BEAT_MS = 100;
/** ms after which a database that was away is asked again */
const RETRY_MS = 500;

const port = parentPort!;
const { flow: memory, kind, secretKey } = workerData as ThreadData;
const flow = new Flow(memory);
const packing = new Packing();

const mail = createMail<FromRelay>((messages, moved) => port.postMessage(messages, moved));
const flush = () => {
	if (packing.isEmpty) return;
	const packed = packing.take();
	mail.post({ kind: 'frames', packed }, packed);
};
/** Says something in its order: what was sent before comes before. */
const post = (message: FromRelay) => {
	flush();
	mail.post(message);
};
const report = (error: unknown) => post({ kind: 'report', error: toPlain(error) });
const { database, hear: hearDatabase } = remoteDatabase(kind, (message) =>
	// the database's order and that of the frames do not meet
	mail.post(message)
);

interface SeatThere {
	seat: Seat | null;
	place: number;
	isGone: boolean;
}
const seats = new Map<number, SeatThere>();

const open = () =>
	openRelay({
		database,
		secretKey,
		report,
		processes: {
			tellHeads: (heads) => post({ kind: 'heads', heads: new Map(heads) }),
			tellPresence: (document, states) => post({ kind: 'presence', document, states })
		},
		count: (document, entries) => post({ kind: 'count', document, entries }),
		onOpening(document, isOver) {
			post({ kind: isOver ? 'opened' : 'opens', document });
			// reading it may take for ever
			if (!isOver) mail.flush();
		}
	});

const close = (number: number, code: number, reason: string) =>
	post({ kind: 'close', seat: number, code, reason });

const connectionOf = (
	number: number,
	{ place, author, name, dialect, refusalsSeen, takesPieces }: JoinRequest
): Connection => ({
	author,
	name,
	dialect,
	refusalsSeen,
	takesPieces,
	send(frame) {
		if (packing.isEmpty) setImmediate(flush);
		flow.outgoing(place, frame.length);
		packing.add(number, frame);
	},
	close: (code, reason) => close(number, code, reason),
	buffered: () => flow.buffered(place),
	onReading: () => flow.hear(number)
});

const leave = (number: number, { seat }: SeatThere) => {
	seat?.leave();
	seats.delete(number);
	post({ kind: 'left', seat: number });
};

async function join(relay: Relay, request: JoinRequest): Promise<void> {
	const { seat: number, document, place } = request;
	const there: SeatThere = { seat: null, place, isGone: false };
	seats.set(number, there);
	try {
		there.seat = await relay.join(document, connectionOf(number, request));
		if (there.isGone) leave(number, there);
		else post({ kind: 'joined', seat: number });
	} catch (error) {
		seats.delete(number);
		post({ kind: 'notJoined', seat: number, error: toPlain(error) });
	}
}

function receive(number: number, frame: Uint8Array): void {
	const there = seats.get(number);
	if (!there?.seat) return;
	try {
		there.seat.receive(frame);
	} catch (error) {
		report(error);
		close(number, closeCodes.unavailable, 'something went wrong; try again');
	}
	flow.taken(there.place, frame);
}

const answer = (id: number, asked: Promise<unknown>) =>
	void asked.then(
		(given) => post({ kind: 'done', id, answer: given }),
		(error: unknown) => post({ kind: 'failed', id, error: toPlain(error) })
	);

function hear(relay: Relay, message: Exclude<ToRelay, DatabaseAnswer>): void {
	switch (message.kind) {
		case 'frames':
			return unpack(message.packed, receive);
		case 'join':
			return void join(relay, message.join);
		case 'leave': {
			const there = seats.get(message.seat);
			if (!there) return;
			there.isGone = true;
			if (there.seat) leave(message.seat, there);
			return;
		}
		case 'read':
			return answer(message.id, relay.read(message.document, message.roots));
		case 'edit':
			return answer(message.id, relay.edit(message.document, message.values));
		case 'look':
			return answer(message.id, relay.look());
		case 'hear':
			return relay.hear(message.document, message.head);
		case 'hearPresence':
			return relay.hearPresence(message.document, message.states);
		case 'beat':
			return relay.beat();
	}
}

setInterval(() => flow.beat(), BEAT_MS);

let relay: Relay | null = null;
/** what was asked before the database had answered for the first time */
const early: Exclude<ToRelay, DatabaseAnswer>[] = [];
port.on('message', (messages: ToRelay[]) => {
	for (const message of messages)
		if (message.kind === 'rows' || message.kind === 'failedStatement') hearDatabase(message);
		else if (relay) hear(relay, message);
		else early.push(message);
});
while (!relay)
	relay = await open().catch(async (error: unknown) => {
		report(error);
		await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
		return null;
	});
relay.onChange((document) => post({ kind: 'changed', document }));
post({ kind: 'ready' });
for (const message of early.splice(0)) hear(relay, message);
