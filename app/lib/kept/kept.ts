// What is on this device only: edits that wait, edits that the server did not take, and photos that were not sent.
import { changeWords } from '#shared/documents/words.ts';
import { declarations, parseDocumentName } from '#shared/documents/names.ts';
import { safeFileName } from '#shared/photos/names.ts';
import { type WaitingChange, waitingChanges } from '#sync/replica/waiting.ts';
import { deviceDatabase } from '../device/database.ts';
import { readFile } from '../device/files.ts';
import { replicaStore } from '../documents/store.ts';
import { openTabs } from '../documents/transport.ts';
import { save } from '../scan/download.ts';

export interface KeptDocument {
	document: string;
	/** what it is called, as far as this device knows */
	name: string;
	/** updates in this device's storage that cannot be read any more */
	damaged: number;
	waiting: (WaitingChange & { words: string })[];
	refused: { id: number; at: number; changes: RefusedChange[] }[];
}

/** One value that the server did not take. */
export interface RefusedChange extends WaitingChange {
	/** what was to be changed, in words */
	words: string;
	/** why not, in words */
	message: string;
	/** its key and value are known: it can be tried again */
	isWhole: boolean;
}

export interface Kept {
	documents: KeptDocument[];
	/** photos whose original is here and not at the server */
	photos: { sha256: string; name: string; size: number }[];
}

const rootsOf = (document: string) => {
	const name = parseDocumentName(document);
	return name ? Object.keys(declarations[name.kind]) : [];
};

const wordsOf = ({ root, key, value }: WaitingChange, names: Map<string, string>): string =>
	changeWords(root, key, value, names.get(key.split('/')[0]!));

export async function readKept(person: string): Promise<Kept> {
	const database = deviceDatabase(person);
	const store = replicaStore(database);
	const [replicas, refused] = await Promise.all([
		database.replicas.toArray(),
		database.refused.toArray()
	]);
	const { readDocuments } = await import('./documents.ts');
	const { names, stored } = await readDocuments(
		replicas.map(({ document }) => document),
		store
	);
	const documents: KeptDocument[] = [];
	const all = new Set([...stored.keys(), ...refused.map(({ document }) => document)]);
	for (const document of all) {
		const found = stored.get(document);
		const isWaiting = replicas.some((each) => each.document === document && each.waiting === 1);
		const waiting = isWaiting && found ? waitingChanges(found.replica, rootsOf(document)) : [];
		const id = parseDocumentName(document)?.id ?? '';
		documents.push({
			document,
			name: names.get(id) ?? (document.startsWith('event/') ? 'An event' : 'Projects'),
			damaged: found?.damaged ?? 0,
			waiting: waiting.map((change) => ({ ...change, words: wordsOf(change, names) })),
			refused: refused
				.filter((row) => row.document === document)
				.map(({ id, at, refusals }) => ({
					id,
					at,
					changes: refusals.map(({ root, key, value, message }) => {
						const change = { root, key, value: value === undefined ? null : JSON.parse(value) };
						return {
							...change,
							words: wordsOf(change, names),
							message,
							isWhole: key !== '' && value !== undefined
						};
					})
				}))
		});
	}
	const originals = await database.transfers.filter(({ kind }) => kind === 'original').toArray();
	return {
		documents: documents.filter(
			({ waiting, refused, damaged }) => waiting.length + refused.length + damaged > 0
		),
		photos: originals.map(({ photo, sha256, size }) => ({
			sha256,
			name: names.get(photo) ?? `${photo}.jpg`,
			size
		}))
	};
}

/** Hands all edits to the browser's downloads, as JSON that says everything. */
export function exportEdits(kept: Kept): void {
	const body = JSON.stringify({ exportedAt: new Date().toISOString(), ...kept }, null, '\t');
	save(new Blob([body], { type: 'application/json' }), 'aura-kept-edits.json');
}

/** Hands the photos that were not sent to the browser's downloads, as one ZIP. */
export async function exportPhotos(person: string, { photos }: Kept): Promise<void> {
	const { downloadZip } = await import('client-zip');
	const taken = new Set<string>();
	async function* entries() {
		for (const { sha256, name } of photos) {
			const file = await readFile(person, 'originals', sha256);
			if (file) yield { name: safeFileName(name, taken), input: file };
		}
	}
	save(await downloadZip(entries()).blob(), 'aura-kept-photos.zip');
}

/** Forgets a list of refused changes. */
export const forgetRefused = (person: string, ids: number[]): Promise<void> =>
	deviceDatabase(person).refused.bulkDelete(ids);

/** Makes refused changes once more, as new ones: rights may have come back. They go out with everything else that waits. */
export async function tryAgain(
	person: string,
	document: string,
	refused: KeptDocument['refused']
): Promise<void> {
	const { Replica } = await import('#sync/replica/replica.ts');
	const tabs = openTabs(person);
	const replica = await Replica.open(document, replicaStore(deviceDatabase(person)), { tabs });
	try {
		replica.doc.transact(() => {
			for (const { changes } of refused)
				for (const { root, key, value, isWhole } of changes)
					if (isWhole) replica.doc.getMap(root).set(key, value);
		});
		await replica.settled();
	} finally {
		replica.destroy();
		tabs.close();
	}
	await forgetRefused(
		person,
		refused.filter(({ changes }) => changes.every(({ isWhole }) => isWhole)).map(({ id }) => id)
	);
}
