// Takes photos in: notes what was chosen, copies the bytes onto the device, develops what is copied.
// Every step is written down before the next begins, so that a reload or crash goes on where it was.
import type * as Y from 'yjs';
import { photoIdOf } from '#shared/photos/identity.ts';
import { shownName } from '#shared/photos/names.ts';
import type { PhotoType } from '#shared/photos/format.ts';
import type { PhotoFacts, PhotoMarks } from '#shared/photos/photo.ts';
import { type Preset, type Rights, rightsIdOf, saidBy } from '#shared/photos/rights.ts';
import type { Source } from '#shared/photos/source.ts';
import { type ImportRow, isDeviceFull } from '../device/database.ts';
import { PartMissing } from '../device/parts.ts';
import { modelToFindWith } from '../faces/model-in-use.ts';
import type { Looked } from '../photos/photo.worker.ts';
import { TETHERED } from './batches.ts';
import { Batcher } from './batcher.ts';
import type { Copiers } from './import/copiers.ts';
import type { HeadFacts } from './import/copy.worker.ts';
import { createCopying } from './import/copying.ts';
import { type KeepPorts, keepAsWished, keepFirst } from './keep.ts';
import type { WorkerPool } from './pool.ts';

export interface ImportPlace {
	workspace: string;
	event: string;
}

/** A chosen file, with the lasting handle that some browsers give. */
export interface Chosen {
	file: File;
	handle: FileSystemFileHandle | null;
	/** where it lies in a folder that was chosen: DCIM/100CANON/IMG_0001.JPG */
	path?: string;
}

/** How files are imported. */
export interface ImportHow {
	/** what is said of each, beside its sidecar */
	preset?: Preset;
	/** what the card or folder is called; absent: these are files from anywhere */
	from?: string;
	/** new names by file; absent: all keep theirs */
	names?: ReadonlyMap<Chosen, string>;
	/** where a second copy goes; null: nowhere */
	second?: FileSystemDirectoryHandle | null;
	/** the folder in it that is made for this import */
	under?: string;
	/** files that were left out on purpose */
	leftOut?: number;
}

/** A file whose bytes are on this device already, under their hash. */
export interface StoredFile {
	name: string;
	size: number;
	lastModified: number;
	sha256: string;
	type: PhotoType;
	/** what is said of it as it comes in */
	marks?: PhotoMarks;
	preset?: Preset;
}

export interface ImporterPorts extends KeepPorts {
	person: string;
	copiers: Copiers;
	pool: WorkerPool;
	/** the event's document, loaded */
	documentOf(event: string): Promise<{ doc: Y.Doc; settled(): Promise<void> }>;
	/** something waits to be sent */
	onTransfers(): void;
	/** the device is full, a part of the application is missing, or something else that people must know */
	onTrouble(trouble: 'full' | 'missing' | 'failed', error: unknown): void;
	isPaused(): boolean;
	/** what an event is called, and this person, for words with variables */
	nameOf(event: string): string;
	photographer: string;
	/** how photos come into this event */
	sourceOf(event: string): Source;
	/** whether this person may take photos out of the trash */
	mayRestore(): boolean;
}

export interface Importer {
	/**
	 * Notes files and begins to copy them.
	 * @param marks what is said of each as it comes in
	 * @param how for a card or folder
	 * @returns when all are copied, or were set aside with a reason.
	 */
	add(place: ImportPlace, chosen: Chosen[], marks?: PhotoMarks, how?: ImportHow): Promise<void>;
	/** Tries again to write the second copies of an import that are not there. */
	secondAgain(batch: string): Promise<void>;
	/** Reads when a photo was taken, and by what. */
	facts(file: File): Promise<HeadFacts>;
	/** Takes in a file that is here already. @returns whether the event did not have it */
	take(place: ImportPlace, file: StoredFile): Promise<boolean>;
	/** Develops everything that is copied; returns when nothing is left to do, or import is paused. */
	develop(): Promise<void>;
}

/** How soon a free worker looks for the next copied photo, milliseconds. */
const LOOK_AGAIN_MS = 50;

/** A photo that was looked at and waits to enter the event's document. */
interface Entering {
	row: ImportRow;
	looked: Looked;
}

export function createImporter(ports: ImporterPorts): Importer {
	const { person, database, pool } = ports;
	const { imports } = database;
	const copying = createCopying(ports);

	const factsOf = (row: ImportRow, looked: Looked): PhotoFacts => ({
		name: shownName(row.shown ?? row.name),
		sha256: row.sha256!,
		size: row.size,
		type: row.type!,
		width: looked.width,
		height: looked.height,
		orientation: looked.orientation,
		takenAt: looked.takenAt,
		camera: looked.camera,
		by: person,
		importedAt: row.addedAt,
		preview: looked.preview,
		...(looked.cameraId ? { cameraId: looked.cameraId } : {}),
		...(looked.exif ? { exif: looked.exif } : {}),
		...(looked.gps ? { gps: looked.gps } : {}),
		...(looked.duration ? { duration: looked.duration } : {}),
		...(ports.sourceOf(row.event) === 'cloud' ? {} : { source: ports.sourceOf(row.event) }),
		...(looked.damaged ? { damaged: true as const } : {})
	});

	/** What is said of a photo as it comes in: by people and its sidecar, where they say nothing by its file, and then by a preset. */
	const saidOf = async ({
		row,
		looked
	}: Entering): Promise<{ said: PhotoMarks; rights: Rights | null }> => {
		const byPreset =
			row.preset &&
			saidBy(row.preset, {
				name: shownName(row.name),
				takenAt: looked.takenAt,
				camera: looked.camera,
				event: ports.nameOf(row.event),
				photographer: ports.photographer
			});
		const { rights: insideRights, ...inside } = looked.inside;
		// a sidecar is meant for this photo, a preset for all; what the file says was there before
		const rights = row.rights ?? byPreset?.rights ?? insideRights ?? null;
		return {
			said: {
				...byPreset?.marks,
				...inside,
				...row.marks,
				...(rights ? { rights: await rightsIdOf(rights) } : {})
			},
			rights
		};
	};

	/** Photos that are looked at together enter the document together: one change instead of many. */
	const publish = new Batcher<Entering>(300, async (batch) => {
		for (const event of new Set(batch.map(({ row }) => row.event))) {
			const { doc, settled } = await ports.documentOf(event);
			const photos = doc.getMap<PhotoFacts | null>('photos');
			const marks = doc.getMap('marks');
			const kept = doc.getMap<Rights | null>('rights');
			const ofEvent = await Promise.all(
				batch
					.filter(({ row }) => row.event === event)
					.map(async (entering) => ({ ...entering, ...(await saidOf(entering)) }))
			);
			doc.transact(() => {
				for (const { row, looked, said, rights } of ofEvent) {
					const photo = photoIdOf(row.sha256!);
					if (photos.get(photo)) continue;
					photos.set(photo, factsOf(row, looked));
					if (rights && said.rights && !kept.get(said.rights)) kept.set(said.rights, rights);
					for (const [field, value] of Object.entries(said))
						if (marks.get(`${photo}/${field}`) == null) marks.set(`${photo}/${field}`, value);
				}
			});
			await settled();
		}
		ports.onTransfers();
	});

	const modelFor = async ({ event, workspace }: ImportRow) =>
		ports.facesOf(event) === 'on' ? modelToFindWith(database, workspace) : null;

	/** @throws when the device is full, or a part is missing: nothing more is begun */
	const failed = async (row: ImportRow, error: unknown): Promise<void> => {
		const isMissing = error instanceof PartMissing;
		if (isMissing || isDeviceFull(error)) {
			ports.onTrouble(isMissing ? 'missing' : 'full', error);
			throw error;
		}
		await imports.update(row.id, { state: 'failed', reason: 'failed' });
		ports.onTrouble('failed', error);
	};

	const enter = async (row: ImportRow, looked: Looked): Promise<void> => {
		// it did before its faces could be looked for
		if (row.isEntered) return;
		await keepFirst(database, row, looked);
		await publish.add({ row, looked });
	};

	/** @returns what is left to do once a worker is free again: it is in the document and all of it is kept */
	const developOne = async (row: ImportRow, isInRow: boolean): Promise<() => Promise<void>> => {
		let entering: Promise<void> | null = null;
		const { workspace, sha256, type } = row;
		const photo = { sha256: sha256!, type: type!, isEntered: row.isEntered === true, isInRow };
		const model = await modelFor(row);
		const developing = pool.develop(person, workspace, photo, model, (looked) => {
			entering = enter(row, looked);
			// heard below
			entering.catch(() => undefined);
		});
		await developing.catch(() => undefined);
		return async () => {
			try {
				await entering;
				await keepAsWished(ports, row, await developing, model);
			} catch (error) {
				await failed(row, error);
			}
			ports.onTransfers();
		};
	};

	return {
		add: copying.add,
		secondAgain: copying.secondAgain,
		facts: (file) => ports.copiers.facts(file),
		async take({ workspace, event }, { marks, preset, ...file }) {
			const isNew = !(await copying.isKnown(event, file.sha256, null));
			if (!isNew) await copying.restore(event, file.sha256);
			await database.transaction('rw', database.imports, database.files, async () => {
				await database.files.put({ key: `originals/${file.sha256}`, size: file.size });
				await database.imports.add({
					batch: TETHERED,
					workspace,
					event,
					...file,
					addedAt: new Date().toISOString(),
					state: isNew ? 'copied' : 'known',
					reason: null,
					faces: 0,
					handle: null,
					...(marks ? { marks } : {}),
					...(preset ? { preset } : {})
				});
			});
			return isNew;
		},
		async develop() {
			const started = new Set<number>();
			const finishing = new Set<Promise<void>>();
			let working = 0;
			let trouble: { error: unknown } | null = null;
			const next = () =>
				imports
					.where('state')
					.equals('copied')
					.and(({ id }) => !started.has(id))
					.first();
			const lane = async () => {
				while (!ports.isPaused()) {
					const row = await next();
					if (!row) {
						if (working === 0 && finishing.size === 0) return;
						// files are still being copied while others are developed
						await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
						continue;
					}
					// another lane looked at the same time
					if (started.has(row.id)) continue;
					started.add(row.id);
					working++;
					const isInRow = (await next()) !== undefined;
					const finish = await developOne(row, isInRow).finally(() => working--);
					// the next photo does not wait for the batch that this one enters the document with
					const last = finish()
						.catch((error: unknown) => (trouble ??= { error }))
						.then(() => void finishing.delete(last));
					finishing.add(last);
				}
			};
			await Promise.all(Array.from({ length: pool.size }, lane));
			await Promise.all(finishing);
			if (trouble) throw (trouble as { error: unknown }).error;
		}
	};
}
