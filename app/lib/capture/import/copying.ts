// The first half of taking photos in: notes what was chosen, and copies the bytes, here and into a second folder.
import { fileBit } from '#shared/files/kinds.ts';
import { photoIdOf } from '#shared/photos/identity.ts';
import { safeFileName } from '#shared/photos/names.ts';
import type { PhotoFacts, PhotoMarks } from '#shared/photos/photo.ts';
import {
	type DeviceDatabase,
	type ImportRow,
	inEvent,
	isDeviceFull
} from '../../device/database.ts';
import { readFile } from '../../device/files.ts';
import { PartMissing } from '../../device/parts.ts';
import { copyLock } from '../batches.ts';
import type { Chosen, ImportHow, ImportPlace, ImporterPorts } from '../importer.ts';
import { isSidecar, sortSidecars } from '../sidecars.ts';
import type { Whereabouts } from './copy.worker.ts';
import { secondReason } from './words.ts';

/** Files that are chosen again take the place of those that a closed page did not get to. */
async function forgetAbandoned(
	{ imports }: DeviceDatabase,
	event: string,
	chosen: Chosen[]
): Promise<void> {
	const nameOf = (file: { name: string; size: number; lastModified: number }) =>
		`${file.name}/${file.size}/${file.lastModified}`;
	const again = new Set(chosen.map(({ file }) => nameOf(file)));
	await imports
		.where('[event+state]')
		.equals([event, 'chosen'])
		.filter((row) => again.has(nameOf(row)))
		.delete();
}

/** Takes a lock that all tabs know. @returns gives it back */
const hold = (name: string): Promise<() => void> =>
	new Promise((resolve, reject) => {
		navigator.locks
			.request(name, () => new Promise<void>((release) => resolve(() => release())))
			.catch(reject);
	});

const readSidecar = async (file: File) => {
	const { MAX_SIDECAR_BYTES, readXmp } = await import('../../photos/xmp.ts');
	if (file.size > MAX_SIDECAR_BYTES) throw new Error('too large');
	return readXmp(await file.text());
};

export interface Copying {
	/** @see Importer.add */
	add(place: ImportPlace, chosen: Chosen[], marks?: PhotoMarks, how?: ImportHow): Promise<void>;
	/** Whether the event has this content, or will. @param row the import that asks */
	isKnown(event: string, sha256: string, row: number | null): Promise<boolean>;
	/** Whoever imports a photo again wants it back. */
	restore(event: string, sha256: string): Promise<void>;
	/** @see Importer.secondAgain */
	secondAgain(batch: string): Promise<void>;
}

export function createCopying(ports: ImporterPorts): Copying {
	const { person, database, copiers } = ports;
	const mapOf = async <T>(event: string, name: string) =>
		(await ports.documentOf(event)).doc.getMap<T | null>(name);

	const isKnown: Copying['isKnown'] = async (event, sha256, row) => {
		const photos = await mapOf<PhotoFacts>(event, 'photos');
		if (photos.get(photoIdOf(sha256))) return true;
		const same = await database.imports.where('[event+sha256]').equals([event, sha256]).toArray();
		return same.some(({ id, state }) => id !== row && inEvent.includes(state));
	};

	const restore: Copying['restore'] = async (event, sha256) => {
		const trash = await mapOf(event, 'trash');
		const photo = photoIdOf(sha256);
		if (trash.get(photo) && ports.mayRestore()) trash.set(photo, null);
	};

	/** What the server has of a photo, as bits. */
	const storedOf = async (event: string, sha256: string): Promise<number> =>
		(await mapOf<{ files: number }>(event, 'stored')).get(photoIdOf(sha256))?.files ?? 0;

	/** Whether this device has the bytes: a row alone does not make a card safe to format. */
	const isHere = async (sha256: string): Promise<boolean> => {
		const row = await database.files.get(`originals/${sha256}`);
		const file = row && (await readFile(person, 'originals', sha256));
		return file ? file.size === row!.size : false;
	};

	const whereIs = async (row: ImportRow, sha256: string): Promise<Whereabouts> => ({
		known: await isKnown(row.event, sha256, row.id),
		local: await isHere(sha256),
		stored: ((await storedOf(row.event, sha256)) & fileBit.original) !== 0
	});

	/** A photo that the event has, whose bytes neither this device nor the server had: now they are kept and sent. */
	const sendKept = async ({ workspace, event }: ImportRow, sha256: string): Promise<void> => {
		const { resend } = await import('../../files/resend.ts');
		const files = await storedOf(event, sha256);
		const lacking = [{ photo: photoIdOf(sha256), sha256, files }];
		if (await resend(person, database, { workspace, event }, lacking)) ports.onTransfers();
	};

	/** @returns the content's hash; null: it was not taken */
	const copy = async (row: ImportRow, file: File): Promise<string | null> => {
		let release = () => {};
		try {
			const result = await copiers.copy(person, file, async (sha256) => {
				// the same file twice, in this import or another tab's: the second waits and finds the first
				release = await hold(`aura-original-${sha256}`);
				return whereIs(row, sha256);
			});
			if (result.kind === 'refused') {
				const reason = result.code;
				await database.imports.update(row.id, { state: 'refused', reason, handle: null });
				return null;
			}
			const { sha256, type, isKnown: known, isLocal } = result;
			const key = `originals/${sha256}`;
			const isKept = isLocal && !(await database.files.get(key));
			await database.transaction('rw', database.imports, database.files, async () => {
				if (isKept) await database.files.put({ key, size: file.size });
				await database.imports.update(row.id, {
					state: known ? 'known' : 'copied',
					sha256,
					...(known ? {} : { type }),
					handle: null
				});
			});
			if (known) await restore(row.event, sha256);
			if (known && isKept) await sendKept(row, sha256);
			return sha256;
		} finally {
			release();
		}
	};

	const refuse = (id: number, reason: ImportRow['reason']) =>
		database.imports.update(id, { state: 'refused', reason, handle: null });

	/** Writes second copies one after the other; after one that shows that the folder is gone, no more. */
	const seconds = (how: ImportHow | undefined, onFailed: (reason: string) => Promise<unknown>) => {
		let last: Promise<unknown> = Promise.resolve();
		let isOver = false;
		const folder = how?.second
			? how.second.getDirectoryHandle(how.under!, { create: true })
			: undefined;
		folder?.catch(() => undefined);
		const write = async (
			row: Pick<ImportRow, 'name' | 'shown'> & { id?: number },
			file: File | null,
			sha256: string | null
		) => {
			if (isOver) return;
			const note = (second: 'verified' | 'failed') =>
				row.id === undefined ? null : database.imports.update(row.id, { second });
			try {
				// from the card once: what is here was compared
				const here = sha256 && (await readFile(person, 'originals', sha256));
				const source = here || file;
				if (!source) throw new DOMException('', 'NotReadableError');
				const name = safeFileName(row.shown ?? row.name);
				await copiers.second(source, (await folder)!, name, sha256);
				await note('verified');
			} catch (error) {
				await note('failed');
				const { name } = error as DOMException;
				isOver = ['QuotaExceededError', 'NotAllowedError', 'NotFoundError'].includes(name);
				await onFailed(secondReason(name));
			}
		};
		return {
			add(...given: Parameters<typeof write>) {
				if (folder) last = last.then(() => write(...given));
			},
			done: () => last
		};
	};

	const secondsOf = (batch: string, how: ImportHow | undefined) =>
		seconds(how, (secondProblem) => database.batches.update(batch, { secondProblem }));

	const addBatch = async (
		batch: string,
		place: ImportPlace,
		all: Chosen[],
		marks?: PhotoMarks,
		how?: ImportHow
	): Promise<void> => {
		await forgetAbandoned(database, place.event, all);
		const addedAt = new Date().toISOString();
		const sorted = await sortSidecars(all, readSidecar);
		const noted = (each: Chosen): Omit<ImportRow, 'id'> => ({
			batch,
			...place,
			name: each.file.name,
			size: each.file.size,
			lastModified: each.file.lastModified,
			addedAt,
			state: 'chosen',
			sha256: null,
			type: null,
			reason: null,
			faces: 0,
			handle: each.handle,
			...(how?.names?.get(each) ? { shown: how.names.get(each)! } : {})
		});
		if (how?.from)
			await database.batches.put({
				id: batch,
				...place,
				from: how.from,
				at: addedAt,
				second: how.second ?? null,
				under: how.under ?? '',
				leftOut: how.leftOut ?? 0,
				secondProblem: null
			});
		await database.imports.bulkAdd(
			sorted.refused.map(({ chosen, reason }) => ({
				...noted(chosen),
				state: 'refused' as const,
				reason,
				handle: null
			}))
		);
		const rows = sorted.photos.map((each) => {
			// what its sidecar says is meant for this photo, what is said of all comes after
			const { rights, ...own } = sorted.said.get(each) ?? {};
			const all = { ...marks, ...own };
			return {
				...noted(each),
				...(Object.keys(all).length > 0 ? { marks: all } : {}),
				...(rights ? { rights } : {}),
				...(how?.preset ? { preset: how.preset } : {}),
				...(how?.second ? { second: 'waiting' as const } : {})
			};
		});
		const ids = await database.imports.bulkAdd(rows, { allKeys: true });
		const second = secondsOf(batch, how);
		let next = 0;
		let stopped: unknown = null;
		const lane = async () => {
			while (next < ids.length && !stopped) {
				const index = next++;
				const { file } = sorted.photos[index]!;
				const row = await database.imports.get(ids[index]!);
				if (!row) continue;
				try {
					const sha256 = await copy(row, file);
					second.add(row, file, sha256);
				} catch (error) {
					if (isDeviceFull(error) || error instanceof PartMissing) stopped = error;
					else await refuse(row.id, 'unreadable');
				}
			}
		};
		await Promise.all(Array.from({ length: copiers.size }, lane));
		// a folder that is a copy of the card has what other programs wrote on it
		for (const sidecar of all.filter(isSidecar)) {
			const shown = how?.names?.get(sidecar);
			second.add({ name: sidecar.file.name, ...(shown ? { shown } : {}) }, sidecar.file, null);
		}
		await second.done();
		// the rest stays 'chosen' and is offered again
		if (stopped) ports.onTrouble(stopped instanceof PartMissing ? 'missing' : 'full', stopped);
	};

	return {
		isKnown,
		restore,
		async add(place, chosen, marks, how) {
			const batch = crypto.randomUUID();
			await navigator.locks
				.request(copyLock(batch), () => addBatch(batch, place, chosen, marks, how))
				.catch((error: unknown) => {
					if (!isDeviceFull(error)) throw error;
					// what was not even noted has to be chosen again
					ports.onTrouble('full', error);
				});
		},
		secondAgain: (batch) =>
			navigator.locks.request(copyLock(batch), async () => {
				const given = await database.batches.get(batch);
				if (!given?.second) return;
				await database.batches.update(batch, { secondProblem: null });
				const second = secondsOf(batch, { second: given.second, under: given.under });
				const rows = await database.imports
					.where('[batch+second]')
					.anyOf([
						[batch, 'waiting'],
						[batch, 'failed']
					])
					.toArray();
				for (const row of rows) second.add(row, null, row.sha256);
				await second.done();
			})
	};
}
