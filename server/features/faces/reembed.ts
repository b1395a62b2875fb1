// Makes faces anew with the model that a studio chose: from the photo as it is stored and from where its faces were found, which
// stays as it is, and with it what was said of them. Those of the next model wait until all are there; what devices still find
// with another model follows by itself.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AuraError } from '#shared/errors.ts';
import { type Sidecar, writeSidecar } from '#shared/faces/sidecar.ts';
import { type Database, becomeTenant } from '../../database/database.ts';
import { type Storage, readWhole } from '../../storage/storage.ts';
import type { Thread } from '../../thread.ts';
import { pathOf } from '../files/paths.ts';
import { type PhotoRef, findFile } from '../files/store.ts';
import { dueAgain } from '../people/projection.ts';
import { findProject } from '../projects/store.ts';
import type { EmbedAnswer, EmbedRequest } from './embedder.ts';
import {
	type ReadyModel,
	choiceOf,
	holdFaces,
	listChoosers,
	releaseFaces,
	setInUse
} from './models.ts';
import { type DuePhoto, insertNext, listDuePhotos, takeNext } from './next.ts';
import { readStored, storeFaces, withoutForgotten } from './sidecars.ts';

/** A photo takes longer only when its model does not end. */
const PATIENCE_MS = 60_000;
/** Photos of one look into the database. */
const PAGE = 50;
/** Larger originals are not read into memory: their web size must do. */
const MAX_BYTES = 300 * 1024 ** 2;
/** Others' photos come meanwhile, ms. */
const WAIT_MS = 2_000;
/** After a failure, or while another process is at it, it is tried again after, ms. */
const AGAIN_MS = 60_000;
/** How often it is said that this process is at it, ms. */
const HOLD_MS = 15_000;
/** A thread that has nothing to do gives back its memory after, ms. */
const IDLE_MS = 30_000;

export interface Reembed {
	/** Something may have to be made anew in this workspace: it is looked in a while. */
	wake(workspace: string): void;
	/** Looks in all workspaces. */
	sweep(): Promise<void>;
	/** Makes all that is due in a workspace, now. */
	run(workspace: string): Promise<void>;
	/** The file of a model on this machine. @throws AuraError not_found when it is lost */
	fileOf(ready: ReadyModel): Promise<string>;
	ask(request: EmbedRequest): Promise<EmbedAnswer>;
	stop(): Promise<void>;
}

interface Ports {
	database: Database;
	storage: Storage;
	thread: Thread<EmbedRequest, EmbedAnswer>;
	/** where files of models lie for this process */
	folder: string;
	/** where the application's own are */
	appDir: string;
}

export function createReembed(
	{ database, storage, thread, folder, appDir }: Ports,
	report: (error: unknown) => void
): Reembed {
	const timers = new Map<string, NodeJS.Timeout>();
	/** what could not be done since the server began: a photo that cannot be read, a sidecar that is lost */
	const vain = new Map<string, Set<string>>();
	let turn: Promise<void> = Promise.resolve();
	let idle: NodeJS.Timeout | undefined;
	let isStopped = false;

	const ask = async (request: EmbedRequest): Promise<EmbedAnswer> => {
		clearTimeout(idle);
		let timer: NodeJS.Timeout | undefined;
		const tooLong = new Promise<never>((_, reject) => {
			timer = setTimeout(() => {
				void thread.stop();
				reject(new Error('The model takes too long.'));
			}, PATIENCE_MS);
		});
		try {
			return await Promise.race([thread.ask(request), tooLong]);
		} finally {
			clearTimeout(timer);
			idle = setTimeout(() => thread.waiting === 0 && void thread.stop(), IDLE_MS).unref();
		}
	};

	const readAll = async (path: string): Promise<Uint8Array | null> => {
		const found = await storage.get(path);
		return found && readWhole(found);
	};

	/** files that are here, and what they should be */
	const verified = new Map<string, string>();
	const fileOf = async ({ model, path }: ReadyModel): Promise<string> => {
		if (path === null) return join(appDir, model.file);
		const known = verified.get(path);
		if (known) return known;
		const file = join(folder, `${model.id}.onnx`);
		const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
		const there = await readFile(file).catch(() => null);
		if (there && hashOf(there) === model.sha256) {
			verified.set(path, file);
			return file;
		}
		const bytes = await readAll(path);
		if (!bytes || hashOf(bytes) !== model.sha256)
			throw new AuraError('not_found', `The file of ${model.id} is lost. Add it again.`);
		await mkdir(folder, { recursive: true });
		// under a name of its own first: another process may read it
		const part = `${file}.${randomUUID().slice(0, 8)}.part`;
		await writeFile(part, bytes);
		await rename(part, file);
		verified.set(path, file);
		return file;
	};

	/** @returns null where it cannot be made from what is stored */
	const makeAnew = async (
		ref: PhotoRef,
		{ model }: ReadyModel,
		file: string,
		old: Sidecar
	): Promise<Sidecar | null> => {
		if (old.faces.length === 0) return { ...old, model: model.id };
		for (const kind of ['original', 'web'] as const) {
			const stored = await database.tenant(ref.workspace, (queries) =>
				findFile(queries, ref, kind)
			);
			if (!stored || stored.size > MAX_BYTES) continue;
			const picture = await readAll(stored.path);
			if (!picture) continue;
			const faces = old.faces.map(({ landmarks }) => landmarks);
			const made = await ask({ kind: 'embed', file, model, picture, faces });
			if (made === null || !('embeddings' in made)) continue;
			return {
				model: model.id,
				faces: old.faces.map((face, at) => ({ ...face, embedding: made.embeddings[at]! }))
			};
		}
		return null;
	};

	/** @param isNext whether they wait beside those in use @returns whether it could be done */
	const makePhoto = async (
		workspace: string,
		{ event, photo, asset, path, createdBy }: DuePhoto,
		ready: ReadyModel,
		file: string,
		isNext: boolean
	): Promise<boolean> => {
		const ref = { workspace, event, photo };
		const [project, stored] = await Promise.all([
			database.tenant(workspace, (queries) => findProject(queries, workspace, event)),
			storage.get(path)
		]);
		const old = stored && (await readStored(stored.stream));
		if (!project || !old) return false;
		const made = await makeAnew(ref, ready, file, old);
		if (!made) return false;
		const sidecar = await withoutForgotten(database, ref, project, made);
		const to = pathOf(workspace, project, photo, 'faces', path.split('.').pop()!);
		if (!isNext) {
			await storeFaces(database, storage, ref, to, sidecar, createdBy);
			return true;
		}
		const bytes = writeSidecar(sidecar, ready.model.dimensions);
		const sha256 = createHash('sha256').update(bytes).digest('hex');
		await storage.put(to, [bytes]);
		await database.tenant(workspace, (queries) =>
			insertNext(queries, ref, sidecar, { madeOf: asset, sha256, size: bytes.length, path: to })
		);
		return true;
	};

	/** All photos whose faces another model made. @returns whether the studio still wants it */
	const makeAll = async (
		workspace: string,
		ready: ReadyModel,
		isNext: boolean
	): Promise<boolean> => {
		const failed = vain.get(workspace) ?? new Set();
		vain.set(workspace, failed);
		let file: string | null = null;
		let held = performance.now();
		for (;;) {
			const due = await database.tenant(workspace, (queries) =>
				listDuePhotos(queries, workspace, ready.model.id, [...failed], PAGE)
			);
			if (due.length === 0) return true;
			file ??= await fileOf(ready);
			for (const photo of due) {
				if (isStopped) return false;
				if (performance.now() - held > HOLD_MS) {
					await holdFaces(database, workspace, true);
					held = performance.now();
				}
				const isDone = await makePhoto(workspace, photo, ready, file, isNext);
				if (!isDone) failed.add(`${photo.event}/${photo.photo}`);
			}
			const { inUse, next } = await choiceOf(database, workspace);
			if ((next ?? inUse).model.id !== ready.model.id) return false;
		}
	};

	const makeAndTake = async (workspace: string): Promise<void> => {
		const { inUse, next } = await choiceOf(database, workspace);
		if (!(await makeAll(workspace, next ?? inUse, next !== null)) || !next) return;
		await database.transaction(async (queries) => {
			const [row] = await queries.query<{ next: string | null }>(
				`select face_model_next as next from workspaces where id = $1 for update`,
				[workspace]
			);
			if (row?.next !== next.model.id) return;
			await setInUse(queries, workspace, next.model.id);
			await becomeTenant(queries, workspace);
			await takeNext(queries, workspace, next.model.id);
			const events = await queries.query<{ id: string }>(
				`select id from projects where workspace_id = $1 and type = 'event'`,
				[workspace]
			);
			await dueAgain(
				queries,
				workspace,
				events.map(({ id }) => id)
			);
		});
		// what came from devices meanwhile
		wake(workspace);
	};

	const runNow = async (workspace: string): Promise<void> => {
		if ((await listChoosers(database, workspace)).length === 0) return;
		if (!(await holdFaces(database, workspace, false))) return wake(workspace, AGAIN_MS);
		try {
			await makeAndTake(workspace);
		} finally {
			await releaseFaces(database, workspace);
		}
	};

	const run = (workspace: string): Promise<void> => {
		const now = turn.then(() => (isStopped ? undefined : runNow(workspace)));
		turn = now.catch(() => undefined);
		return now;
	};
	const wake = (workspace: string, wait = WAIT_MS): void => {
		if (isStopped || timers.has(workspace)) return;
		const timer = setTimeout(() => {
			timers.delete(workspace);
			run(workspace).catch((error: unknown) => {
				if (isStopped) return;
				report(error);
				wake(workspace, AGAIN_MS);
			});
		}, wait);
		timers.set(workspace, timer.unref());
	};
	return {
		wake: (workspace) => wake(workspace),
		run,
		fileOf,
		ask,
		async sweep() {
			vain.clear();
			for (const { id } of await listChoosers(database)) wake(id);
		},
		async stop() {
			isStopped = true;
			clearTimeout(idle);
			for (const timer of timers.values()) clearTimeout(timer);
			await thread.stop();
			await turn;
		}
	};
}
