// A process of its own that opens many connections to a relay, edits at a given rate, and measures when edits arrive at
// the others and when they are said to be saved. Talks by IPC.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as Y from 'yjs';
import { dialects } from './dialects.mjs';
import { openSocket } from './wire.mjs';

/** @typedef {{dialect: string, port: number, headers: Record<string, string>[], documents: string[], clients: number}} Shape */
/** @typedef {{doc: Y.Doc, document: string, socket: {send: (payload: Uint8Array) => void, end: () => void}, sent: number[], saved: number, made: number}} Writer */

const now = () => performance.timeOrigin + performance.now();
/** @type {Map<number, Writer>} */
const writers = new Map();
/** @type {Shape} */
let shape;
/** @type {number[]} */
let deliveries = [];
/** @type {number[]} */
let saves = [];
/** clocks from which on edits count */
let isMeasuring = false;
let failure = '';

/**
 * Edits of an update by its bytes: each arrives at many, and servers may merge several.
 * @type {Map<string, [client: number, clock: number][]>}
 */
const known = new Map();

/** @param {Uint8Array} update @returns {[client: number, clock: number][]} */
function editsOf(update) {
	const key = Buffer.from(update.buffer, update.byteOffset, update.length).toString('latin1');
	let edits = known.get(key);
	if (!edits) {
		edits = [];
		for (const { id, length } of Y.decodeUpdate(update).structs)
			for (let i = 0; i < length; i++) edits.push([id.client, id.clock + i]);
		if (known.size > 5_000) known.clear();
		known.set(key, edits);
	}
	return edits;
}

/** @param {Uint8Array} update @param {number} receiver its client id: some servers send back what they got */
function onUpdate(update, receiver) {
	if (!isMeasuring) return;
	const at = now();
	for (const [client, clock] of editsOf(update)) {
		const sent = client === receiver ? undefined : writers.get(client)?.sent[clock];
		if (sent !== undefined) deliveries.push(at - sent);
	}
}

/** @param {Iterable<[number, number]>} clocks @param {number} at */
function noteSaved(clocks, at) {
	for (const [client, clock] of clocks) {
		const writer = writers.get(client);
		if (!writer) continue;
		for (; writer.saved < clock; writer.saved++) {
			const sent = writer.sent[writer.saved];
			if (sent !== undefined && isMeasuring) saves.push(at - sent);
		}
	}
}

/** @param {Shape} asked */
async function open(asked) {
	shape = asked;
	const dialect = dialects[asked.dialect];
	if (!dialect) throw new Error(`no dialect ${asked.dialect}`);
	for (const document of asked.documents)
		for (let i = 0; i < asked.clients; i++) {
			const doc = new Y.Doc();
			doc.getMap('marks');
			const { clientID } = doc;
			const socket = await openSocket({
				port: asked.port,
				path: dialect.path(document),
				headers: asked.headers[writers.size % asked.headers.length] ?? {},
				onFrame: (frame) =>
					dialect.read(
						frame,
						(update) => onUpdate(update, clientID),
						(stateVector) => {
							const own = Y.decodeStateVector(stateVector).get(clientID);
							if (own !== undefined) noteSaved([[clientID, own]], now());
						},
						() => {}
					),
				onClose: (reason) => (failure ||= reason)
			});
			for (const message of dialect.hello(document)) socket.send(message);
			writers.set(clientID, { doc, document, socket, sent: [], saved: 0, made: 0 });
		}
	await new Promise((done) => setTimeout(done, 300));
}

/** The next edits of a writer: a rating of one of its twenty photos. @param {Writer} writer @param {number} count */
function prepare(writer, count) {
	/** @type {Uint8Array[]} */
	const updates = [];
	const collect = (/** @type {Uint8Array} */ update) => updates.push(update);
	writer.doc.on('update', collect);
	const marks = writer.doc.getMap('marks');
	for (let i = 0; i < count; i++, writer.made++) {
		const photo = `${writer.doc.clientID.toString(16)}${writer.made % 20}`.padStart(32, '0');
		marks.set(`${photo}/rating`, 1 + (Math.floor(writer.made / 20) % 5));
	}
	writer.doc.off('update', collect);
	return updates.map((update) => {
		const { edit } = /** @type {import('./dialects.mjs').Dialect} */ (dialects[shape.dialect]);
		return edit(writer.document, update);
	});
}

/** @param {number[]} values @param {number} share */
function percentile(values, share) {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.floor((sorted.length - 1) * share)] ?? Infinity;
}

/**
 * Documents are edited from one after the other on, until all are at the rate asked for: who stores each some time after
 * its first edit would store all at the same moment otherwise.
 * @param {{rate: number, beginning: number, seconds: number, settle: number}} asked seconds of the beginning, and what is measured
 */
async function load({ rate, beginning, seconds, settle }) {
	const all = [...writers.values()];
	const total = Math.ceil(rate * (beginning + seconds));
	const rounds = Math.ceil(total / all.length);
	const firstOf = (/** @type {number} */ at) => {
		const before = Math.floor(at / shape.clients) / shape.documents.length;
		return Math.floor(before * ((rate * beginning) / all.length));
	};
	const edits = all.map((writer, at) => prepare(writer, rounds - firstOf(at)));
	deliveries = [];
	saves = [];
	const begin = now();
	let made = 0;
	const lag = monitorEventLoopDelay({ resolution: 5 });
	const cpu = process.cpuUsage();
	lag.enable();
	isMeasuring = false;
	let measuredFrom = 0;
	await new Promise((/** @type {(value?: unknown) => void} */ done) => {
		const tick = () => {
			const passed = (now() - begin) / 1000;
			if (!isMeasuring && passed >= beginning) {
				isMeasuring = true;
				measuredFrom = made;
				deliveries = [];
			}
			const due = Math.min(total, Math.floor(passed * rate));
			for (; made < due; made++) {
				const at = made % all.length;
				const writer = all[at];
				// none before its first
				const edit = edits[at]?.[Math.floor(made / all.length) - firstOf(at)];
				if (!writer || !edit) continue;
				writer.sent.push(now());
				writer.socket.send(edit);
			}
			if (made >= total || failure) done();
			else setTimeout(tick, 2);
		};
		tick();
	});
	const inTime = deliveries.length;
	await new Promise((done) => setTimeout(done, settle));
	lag.disable();
	isMeasuring = false;
	const used = process.cpuUsage(cpu);
	const result = {
		failure,
		expected: (total - measuredFrom) * (shape.clients - 1),
		delivered: inTime,
		rateDelivered: Math.round(inTime / seconds),
		p50: percentile(deliveries, 0.5),
		p99: percentile(deliveries, 0.99),
		arrived: deliveries.length,
		saved99: percentile(saves, 0.99),
		saved50: percentile(saves, 0.5),
		saves: saves.length,
		lag99: lag.percentile(99) / 1e6,
		cpu: (used.user + used.system) / 1e6 / ((now() - begin) / 1000)
	};
	// edits of a connection that were never sent leave holes in its clocks
	for (const [at, writer] of all.entries())
		if (writer.sent.length < writer.made) {
			const rest = edits[at] ?? [];
			for (const edit of rest.slice(rest.length - (writer.made - writer.sent.length))) {
				writer.sent.push(now());
				writer.socket.send(edit);
			}
		}
	return result;
}

process.on('message', (/** @type {any} */ message) => {
	if (message.stored) return noteSaved(message.stored, message.at);
	const run = message.open ? open(message.open) : load(message.load);
	run.then(
		(answer) => process.send?.({ answer: answer ?? null }),
		(error) => process.send?.({ error: String(error?.stack ?? error) })
	);
});
process.on('disconnect', () => process.exit());
