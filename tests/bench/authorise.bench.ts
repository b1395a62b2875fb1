// What it costs to authorise one edit, in a document of 50 000 photos beside one of 500: it must depend on the edit alone.
import * as Y from 'yjs';
import { takeIn } from '../../sync/relay/intake.ts';
import type { Peer } from '../../sync/relay/peer.ts';
import { rootNames } from '../../sync/documents/inspect.ts';
import { writeSingle } from '../../sync/documents/single.ts';
import { declarations } from '../../shared/documents/names.ts';
import { photoFacts } from '../support/client.ts';
import { type Figure, figure, median, round } from './support.ts';

const EDITS = 4_000;
const ROUNDS = 9;
const hana = '11111111-1111-4111-8111-111111111111';
const idOf = (i: number) => i.toString(16).padStart(32, 'b');

function documentOf(photos: number): Y.Doc {
	const doc = new Y.Doc();
	for (const root of Object.keys(declarations.event)) doc.getMap(root);
	doc.transact(() => {
		const facts = photoFacts(hana);
		for (let i = 0; i < photos; i++) {
			doc.getMap('photos').set(idOf(i), { ...facts, name: `IMG_${i}.JPG` });
			doc.getMap('marks').set(`${idOf(i)}/rating`, i % 6);
		}
	});
	return doc;
}

/** Single edits of ratings by somebody who has the document. */
function editsOf(doc: Y.Doc, photos: number): Uint8Array[] {
	const author = new Y.Doc();
	Y.applyUpdate(author, Y.encodeStateAsUpdate(doc));
	const updates: Uint8Array[] = [];
	author.on('update', (update: Uint8Array) => updates.push(update));
	for (let i = 0; i < EDITS; i++)
		author.getMap('marks').set(`${idOf((i * 7919) % photos)}/rating`, (i + 1) % 6);
	return updates;
}

/** @returns microseconds for each edit, read, judged, written anew and applied as the relay does */
function timeOf(photos: number): { judged: number; applied: number } {
	const judged: number[] = [];
	const applied: number[] = [];
	for (let round = 0; round < ROUNDS; round++) {
		const doc = documentOf(photos);
		const parts = {
			...{ doc, declaration: declarations.event, names: rootNames(doc) },
			owners: new Map<number, string>()
		};
		const peer = {
			connection: { author: { id: hana, role: 'editor' }, dialect: 'v2' },
			isV2: true
		} as Peer;
		const updates = editsOf(doc, photos);
		let spent = 0;
		const start = performance.now();
		for (const bytes of updates) {
			const before = performance.now();
			const taken = takeIn(parts, peer, bytes, null);
			if (taken.kind !== 'single') throw new Error('an edit was not taken');
			const update = writeSingle(taken.edit.single);
			spent += performance.now() - before;
			Y.applyUpdate(doc, update);
		}
		applied.push(((performance.now() - start) * 1000) / EDITS);
		judged.push((spent * 1000) / EDITS);
		doc.destroy();
	}
	return { judged: median(judged), applied: median(applied) };
}

export async function run(): Promise<Figure[]> {
	timeOf(500); // warm
	const small = timeOf(500);
	const large = timeOf(50_000);
	return [
		figure(
			'authorise',
			large.judged,
			small.judged,
			'microseconds an edit, 50 000 photos beside 500',
			'ratio <= 1.5',
			{ withApplying: round(large.applied), withApplyingSmall: round(small.applied) }
		)
	];
}
