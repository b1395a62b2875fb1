import { IndexeddbPersistence } from 'y-indexeddb';
import * as Y from 'yjs';
import { Replica } from '#sync/replica/replica.ts';
import { deviceDatabase } from '../../../app/lib/device/database.ts';
import { replicaStore } from '../../../app/lib/documents/store.ts';

const NAME = 'event/11111111-1111-4111-8111-111111111111';
const PERSON = 'bench';

const factsOf = (i: number) => ({
	name: `IMG_${String(i).padStart(5, '0')}.JPG`,
	sha256: i.toString(16).padStart(64, 'a'),
	size: 8_000_000 + i,
	type: 'image/jpeg',
	width: 6000,
	height: 4000,
	orientation: 1,
	takenAt: '2026-01-19T10:00:00',
	camera: 'NIKON CORPORATION NIKON Z 6',
	by: '11111111-1111-4111-8111-111111111111',
	importedAt: '2026-01-19T12:00:00.000Z',
	preview: 'full'
});
const idOf = (i: number) => i.toString(16).padStart(32, 'b');

/** The same photos, ratings included, in both forms. */
export async function prepareEvent(photos: number): Promise<void> {
	const ours = new Y.Doc();
	const nested = new Y.Doc();
	const persistence = new IndexeddbPersistence('nested-event', nested);
	await persistence.whenSynced;
	ours.transact(() => {
		nested.transact(() => {
			for (let i = 0; i < photos; i++) {
				ours.getMap('photos').set(idOf(i), factsOf(i));
				const map = new Y.Map();
				for (const [key, value] of Object.entries(factsOf(i))) map.set(key, value);
				nested.getMap('photos').set(idOf(i), map);
				if (i % 10 === 0) {
					ours.getMap('marks').set(`${idOf(i)}/rating`, 4);
					map.set('rating', 4);
				}
			}
		});
	});
	await replicaStore(deviceDatabase(PERSON)).append(NAME, [
		{ bytes: Y.encodeStateAsUpdate(ours), isOwn: false, receipt: null }
	]);
	await new Promise((done) => setTimeout(done, 1500));
	await persistence.destroy();
}

export async function openOurs(): Promise<number> {
	const start = performance.now();
	const replica = await Replica.open(NAME, replicaStore(deviceDatabase(PERSON)));
	const time = performance.now() - start;
	if (replica.doc.getMap('photos').size < 1000) throw new Error('the event is not there');
	return time;
}

export async function openNested(): Promise<number> {
	const doc = new Y.Doc();
	const start = performance.now();
	const persistence = new IndexeddbPersistence('nested-event', doc);
	await persistence.whenSynced;
	const time = performance.now() - start;
	if (doc.getMap('photos').size < 1000) throw new Error('the event is not there');
	return time;
}
