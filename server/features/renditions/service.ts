// Makes pictures that devices did not make, once, a few at a time, and gives up those that can be made again when room is short.
import { AuraError } from '#shared/errors.ts';
import { createHash } from 'node:crypto';
import type { FileKind } from '#shared/files/kinds.ts';
import type { PhotoType } from '#shared/photos/format.ts';
import type { Project } from '#shared/projects/project.ts';
import type { Database } from '../../database/database.ts';
import { type Storage, readWhole } from '../../storage/storage.ts';
import { pathOf, typeOf } from '../files/paths.ts';
import { type PhotoRef, type StoredFile, cacheKeyOf, findFile, findFiles } from '../files/store.ts';
import type { MarkStored } from '../files/stored-marks.ts';
import { findProject } from '../projects/store.ts';
import {
	AVIF_QUALITY,
	LANES,
	type Rendition,
	canDecode,
	makeAvif,
	makeGuestOriginal,
	makeRenditions
} from './make.ts';
import { createLanes } from './lanes.ts';
import { findDerived, insertDerived, listWithoutRenditions } from './store.ts';

/** Originals that are larger are left to devices: they are read into memory. */
const MAX_BYTES = 300 * 1024 ** 2;
/** A device that sends an original has sent its thumbnail before, unless it could not make one, ms. */
const WAIT_MS = 5_000;
/** Other encodings that wait to be made, at most: they are a favour. */
const MAX_WAITING = 500;
/** What could not be made is remembered of so many. */
const MAX_VAIN = 10_000;
const sizes = ['thumb', 'web'] as const;
/** Photos of a workspace that one sweep makes up for. */
const SWEEP = 500;

export interface Renditions {
	/** A picture of a photo that no device made. @returns null when it cannot be made */
	find(ref: PhotoRef, kind: Rendition): Promise<StoredFile | null>;
	/** An original was placed: what is missing of it is made in a while. */
	later(ref: PhotoRef): void;
	/** The picture as AVIF when there is one; else it is made for the next who asks. */
	smaller(ref: PhotoRef, file: StoredFile): Promise<StoredFile | null>;
	/** An original as guests get it. @returns null when it cannot be given to them */
	forGuests(ref: PhotoRef, original: StoredFile): Promise<StoredFile | null>;
	/** Makes up for what a crash kept from being made. */
	sweep(workspace: string): Promise<void>;
	/** @returns when what was under way is done, or given up */
	stop(): Promise<void>;
}

/** Bytes of a new file, and how they were made. */
interface Made {
	kind: FileKind;
	cacheKey: string;
	extension: string;
	parts: Uint8Array[];
}

export function createRenditions(
	database: Database,
	storage: Storage,
	markStored: MarkStored,
	tell: (error: unknown) => void
): Renditions {
	/** what a server that stops leaves undone is no failure */
	const report = (error: unknown) => isStopped || tell(error);
	/** work under way, by what it makes: equal work is done once */
	const underway = new Map<string, Promise<StoredFile[]>>();
	const timers = new Set<NodeJS.Timeout>();
	/** what could not be made, or was no smaller */
	const vain = new Set<string>();
	const giveUp = (what: string) => {
		// it is tried once more then
		if (vain.size >= MAX_VAIN) vain.clear();
		vain.add(what);
	};
	let isStopped = false;
	const computing = createLanes(LANES);
	/** while one is worked on, the next is read */
	const held = createLanes(LANES + 1);
	/** @param make what takes a processor */
	const inLane = <T>(
		file: StoredFile,
		make: (bytes: Uint8Array) => Promise<T>
	): Promise<T | null> =>
		held.run(async () => {
			const assertOpen = () => {
				if (isStopped) throw new AuraError('unavailable', 'The server stops.');
			};
			assertOpen();
			const bytes = await read(file);
			return (
				bytes &&
				computing.run(() => {
					assertOpen();
					return make(bytes);
				})
			);
		});
	const once = (key: string, run: () => Promise<StoredFile[]>): Promise<StoredFile[]> => {
		const known = underway.get(key);
		if (known) return known;
		const now = run().finally(() => underway.delete(key));
		underway.set(key, now);
		return now;
	};
	const onceOne = async (key: string, run: () => Promise<StoredFile | null>) => {
		const [file] = await once(key, async () => {
			const made = await run();
			return made ? [made] : [];
		});
		return file ?? null;
	};

	const read = async (file: StoredFile): Promise<Uint8Array | null> => {
		if (file.size > MAX_BYTES) return null;
		const found = await storage.get(file.path);
		return found && readWhole(found);
	};
	const fileOf = (ref: PhotoRef, kind: FileKind) =>
		database.tenant(ref.workspace, (queries) => findFile(queries, ref, kind));

	/**
	 * Stores what was made of a file.
	 * @param project its event; null: there is none
	 * @param isOwn whether it is the photo's file of its kind, beside that of which it was made
	 */
	const keep = async (
		ref: PhotoRef,
		project: Project | null,
		source: StoredFile,
		made: Made[],
		isOwn: boolean
	): Promise<StoredFile[]> => {
		const { workspace, event } = ref;
		if (!project) return [];
		const files = await Promise.all(
			made.map(async ({ parts, extension, ...file }) => {
				const hash = createHash('sha256');
				for (const part of parts) hash.update(part);
				const place = pathOf(workspace, project, ref.photo, file.kind, extension);
				await storage.put(place, parts);
				const size = parts.reduce((sum, part) => sum + part.length, 0);
				return { ...file, sha256: hash.digest('hex'), size, path: place };
			})
		);
		const entered = await database.tenant(workspace, (queries) =>
			insertDerived(queries, ref, source.asset, files, isOwn)
		);
		if (!entered) {
			for (const file of files) await storage.remove(file.path);
			return [];
		}
		// the same work was done elsewhere, and lies there
		for (const [index, file] of files.entries())
			if (entered[index]!.path !== file.path) await storage.remove(file.path);
		if (isOwn) await markStored(workspace, event, ref.photo);
		return entered;
	};

	const projectOf = ({ workspace, event }: PhotoRef) =>
		database.tenant(workspace, (queries) => findProject(queries, workspace, event));

	/** Both sizes at once: what is there stays. @returns those that were missing */
	const makeSizes = async (
		ref: PhotoRef,
		project: Project | null,
		original: StoredFile,
		there: readonly Rendition[]
	): Promise<StoredFile[]> => {
		const type = typeOf(original.path);
		if (!type || !canDecode(type) || vain.has(original.sha256)) return [];
		// a lane is for reading and computing: while this one is stored, the next is worked on
		const made = await inLane(original, (bytes) =>
			// a damaged photo: it has no picture
			makeRenditions(bytes).catch(() => null)
		);
		if (!made) {
			// it is not tried again and again
			giveUp(original.sha256);
			return [];
		}
		const files = sizes
			.filter((kind) => !there.includes(kind))
			.map((kind) => {
				const cacheKey = cacheKeyOf(kind, ref.photo, '');
				return { kind, cacheKey, extension: 'webp', parts: [made[kind]] };
			});
		return keep(ref, project, original, files, true);
	};
	const find: Renditions['find'] = async (ref, kind) => {
		const { files, project } = await database.tenant(ref.workspace, async (queries) => {
			const files = await findFiles(queries, ref, [...sizes, 'original']);
			const isThere = files.some((file) => file.kind === kind);
			return {
				files,
				project: isThere ? null : await findProject(queries, ref.workspace, ref.event)
			};
		});
		const fileOfKind = (of: FileKind) => files.find((file) => file.kind === of);
		const there = fileOfKind(kind);
		const original = fileOfKind('original');
		if (there || !original) return there ?? null;
		const key = `sizes/${ref.workspace}/${ref.event}/${ref.photo}`;
		const made = await once(key, () => makeSizes(ref, project, original, sizes.filter(fileOfKind)));
		return made.find((file) => file.kind === kind) ?? null;
	};

	const smallerOf = async (ref: PhotoRef, file: StoredFile, cacheKey: string) => {
		const avif = await inLane(file, makeAvif);
		if (!avif || avif.length > file.size * 0.9) {
			giveUp(cacheKey);
			return null;
		}
		const made = { kind: file.kind, cacheKey, extension: 'avif', parts: [avif] };
		return (await keep(ref, await projectOf(ref), file, [made], false))[0] ?? null;
	};

	const guestKey = ({ sha256 }: StoredFile) => `guest/${sha256}`;
	const makeForGuests = async (
		ref: PhotoRef,
		original: StoredFile,
		type: PhotoType
	): Promise<StoredFile | null> => {
		const made = await inLane(original, (bytes) =>
			// damaged: what cannot be cleaned is not for guests
			makeGuestOriginal(bytes, type).then(
				(parts) => ({ parts }),
				() => null
			)
		);
		if (!made) return null;
		const { parts } = made;
		if (parts === null) {
			giveUp(guestKey(original));
			return original;
		}
		const extension = original.path.split('.').pop()!;
		const file = { kind: original.kind, cacheKey: guestKey(original), extension, parts };
		return (await keep(ref, await projectOf(ref), original, [file], false))[0] ?? null;
	};

	return {
		find,
		later(ref) {
			if (isStopped) return;
			const timer = setTimeout(() => {
				timers.delete(timer);
				void fileOf(ref, 'thumb')
					.then((thumb) => (thumb ? null : find(ref, 'thumb')))
					.catch(report);
			}, WAIT_MS).unref();
			timers.add(timer);
		},
		async smaller(ref, file) {
			if (typeOf(file.path) !== 'image/webp') return null;
			const cacheKey = `${file.kind}/${file.sha256}/avif-${AVIF_QUALITY}`;
			if (vain.has(cacheKey)) return null;
			const there = await database.tenant(ref.workspace, (queries) =>
				findDerived(queries, ref.workspace, cacheKey)
			);
			if (there) return there;
			const key = `${ref.workspace}/${cacheKey}`;
			if (held.waiting() < MAX_WAITING)
				void onceOne(key, () => smallerOf(ref, file, cacheKey)).catch(report);
			return null;
		},
		async forGuests(ref, original) {
			const cacheKey = guestKey(original);
			if (vain.has(cacheKey)) return original;
			const there = await database.tenant(ref.workspace, (queries) =>
				findDerived(queries, ref.workspace, cacheKey)
			);
			if (there) return there;
			const type = typeOf(original.path);
			if (!type || !canDecode(type)) return null;
			return onceOne(`${ref.workspace}/${cacheKey}`, () => makeForGuests(ref, original, type));
		},
		async sweep(workspace) {
			const missing = await database.tenant(workspace, (queries) =>
				listWithoutRenditions(queries, workspace, ['jpg', 'png', 'webp', 'avif'], SWEEP)
			);
			await Promise.all(missing.map((ref) => find({ workspace, ...ref }, 'thumb')));
		},
		async stop() {
			isStopped = true;
			for (const timer of timers) clearTimeout(timer);
			await Promise.allSettled(underway.values());
		}
	};
}
