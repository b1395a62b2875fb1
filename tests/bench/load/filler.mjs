// A process that fills documents with photos, opens them once, or takes them to an empty document and says how long that
// took. Talks by IPC.
import { randomUUID } from 'node:crypto';
import * as Y from 'yjs';
import { dialects } from './dialects.mjs';
import { openSocket } from './wire.mjs';

/** @typedef {{dialect: string, port: number, headers: Record<string, string>[]}} Where */

const hex = (/** @type {number} */ count) =>
	Array.from({ length: count }, () => randomUUID().replaceAll('-', '')).join('');

/** @param {number} photos @param {string} by @returns {Uint8Array} */
function eventOf(photos, by) {
	const doc = new Y.Doc();
	doc.transact(() => {
		for (let i = 0; i < photos; i++)
			doc.getMap('photos').set(hex(1), {
				...{ name: `IMG_${i}.JPG`, sha256: hex(2), size: 2_500_000, type: 'image/jpeg' },
				...{ width: 6000, height: 4000, orientation: 1, takenAt: '2026-01-19T10:00:00' },
				...{ camera: 'NIKON Z 6', by, importedAt: '2026-01-19T12:00:00.000Z', preview: 'full' }
			});
	});
	return Y.encodeStateAsUpdate(doc);
}

/** @param {Where} where @param {string} document @param {(update: Uint8Array) => void} onUpdate */
async function join(where, document, onUpdate) {
	const dialect = dialects[where.dialect];
	if (!dialect) throw new Error(`no dialect ${where.dialect}`);
	const socket = await openSocket({
		port: where.port,
		path: dialect.path(document),
		headers: where.headers[0] ?? {},
		onFrame: (frame) => dialect.read(frame, onUpdate, () => {}, onUpdate),
		onClose: () => {}
	});
	for (const message of dialect.hello(document)) socket.send(message);
	return {
		send: (/** @type {Uint8Array} */ update) => socket.send(dialect.edit(document, update)),
		end: socket.end
	};
}

/** @param {{where: Where, documents: string[], photos: number, by: string}} asked */
async function fill({ where, documents, photos, by }) {
	for (const document of documents) {
		const update = eventOf(photos, by);
		const client = await join(where, document, () => {});
		await new Promise((done) => setTimeout(done, 20));
		client.send(update);
		await new Promise((done) => setTimeout(done, photos > 5_000 ? 3_000 : 60));
		client.end();
	}
}

/** Milliseconds until an empty document has all photos. @param {{where: Where, document: string, photos: number}} asked */
async function take({ where, document, photos }) {
	const doc = new Y.Doc();
	const map = doc.getMap('photos');
	const begin = performance.now();
	/** @type {() => void} */
	let finish = () => {};
	const whole = new Promise((/** @type {(value?: unknown) => void} */ done) => (finish = done));
	const client = await join(where, document, (update) => {
		Y.applyUpdate(doc, update);
		if (map.size >= photos) finish();
	});
	await Promise.race([
		whole,
		new Promise((_, fail) => setTimeout(() => fail(new Error('no state came')), 20_000))
	]);
	client.end();
	return performance.now() - begin;
}

process.on('message', (/** @type {any} */ message) => {
	const run = message.fill ? fill(message.fill) : take(message.take);
	run.then(
		(answer) => process.send?.({ answer: answer ?? null }),
		(error) => process.send?.({ error: String(error?.stack ?? error) })
	);
});
process.on('disconnect', () => process.exit());
