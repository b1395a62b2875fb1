import { Doc } from 'yjs';
import { sortRows } from '#sync/replica/kept.ts';
import { endsOf } from '#sync/replica/own.ts';
import type { ReplicaStore, StoredReplica } from '#sync/replica/store.ts';

/** Documents on this device: what storage has of them, and the names of projects and photos in them. */
export async function readDocuments(documents: string[], store: ReplicaStore) {
	const names = new Map<string, string>();
	const stored = new Map<string, { replica: StoredReplica; damaged: number }>();
	for (const document of documents) {
		const doc = new Doc();
		const replica = await store.load(document);
		const rows = replica.rows.map((row) => ({ ...row, ends: endsOf(row.bytes) }));
		const { orphans } = sortRows(doc, rows);
		stored.set(document, { replica, damaged: replica.damaged + orphans.length });
		for (const [key, value] of doc.getMap('projectFields').entries())
			if (key.endsWith('/name') && typeof value === 'string') names.set(key.slice(0, -5), value);
		for (const [key, value] of doc.getMap<{ name: string } | null>('photos').entries())
			if (value) names.set(key, value.name);
		doc.destroy();
	}
	return { names, stored };
}
