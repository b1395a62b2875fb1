import { AuraError, type ErrorCode, toProblem } from '#shared/errors.ts';
import { type Sidecar, readSidecar } from '#shared/faces/sidecar.ts';
import { type FileKind, fileKinds } from '#shared/files/kinds.ts';
import { writeManifest } from '#shared/files/manifest.ts';
import type { FileOffer, FileRef, FileState } from '#shared/files/upload.ts';
import { photoIdSchema } from '#shared/ids.ts';
import type { Reach } from '#shared/permissions.ts';
import { photoIdOf } from '#shared/photos/identity.ts';
import type { Project } from '#shared/projects/project.ts';
import type { Database } from '../../database/database.ts';
import type { Storage } from '../../storage/storage.ts';
import { findReady } from '../faces/models.ts';
import { replaceFaces } from '../faces/store.ts';
import { storeFaces, withoutForgotten } from '../faces/sidecars.ts';
import type { Quota } from '../usage/quota.ts';
import { DamagedPieces, adopt, assemble, findDamaged, readExtents } from './assemble.ts';
import { checkContent, maxBytes } from './content.ts';
import { pathOf } from './paths.ts';
import { discardStaged, receivePieces } from './receive.ts';
import {
	type Upload,
	findPieces,
	findUploads,
	forgetStaged,
	forgetUpload,
	keepUpload,
	missingOf,
	prolong,
	putSamples,
	stagedHashes,
	stagingFolder,
	wholeHash
} from './staging.ts';
import {
	type KnownAsset,
	type PhotoRef,
	cacheKeyOf,
	findAsset,
	findFile,
	insertAsset,
	linkFile
} from './store.ts';
import type { MarkStored } from './stored-marks.ts';
import type { Proven } from './whole.ts';

/** @throws AuraError not_found for what is no file of a photo. */
export function parseFileRef(photo: string, kind: string): { photo: string; kind: FileKind } {
	if (!photoIdSchema.safeParse(photo).success || !fileKinds.includes(kind as FileKind))
		throw new AuraError('not_found', 'There is no such file.');
	return { photo, kind: kind as FileKind };
}

/** Enough of a file to say what it is. */
const HEAD_BYTES = 1024 ** 2;
/** Files of one request that are worked on at a time. */
const LANES = 8;
/** How often a file is put together from other places before its sender is asked again. */
const TRIES = 3;

/** Who sends, and where to. */
export interface Sending {
	workspace: string;
	person: string;
	/** whether all events are this person's to see */
	reach: Reach;
	/** @throws AuraError not_found for an event that is not theirs to see */
	eventOf(id: string): Promise<Project>;
}

const done: FileState = { stored: true, missing: [] };

/** Takes files in pieces, verifies them as a whole, and places them. */
export function createFileService(
	database: Database,
	storage: Storage,
	markStored: MarkStored,
	quota: Quota,
	report: (error: unknown) => void,
	/** told that a file was placed */
	onPlaced: (ref: PhotoRef, kind: FileKind) => void = () => {}
) {
	const proven: Proven = new Map();
	/** One at a time for each content: two devices may send the same file. */
	const busy = new Map<string, Promise<unknown>>();
	const inTurn = async <T>(key: string, run: () => Promise<T>): Promise<T> => {
		const before = busy.get(key);
		const mine = (before ?? Promise.resolve()).catch(() => undefined).then(run);
		busy.set(key, mine);
		try {
			return await mine;
		} finally {
			if (busy.get(key) === mine) busy.delete(key);
		}
	};

	const refOf = ({ workspace }: Sending, { event, photo }: FileRef): PhotoRef => ({
		workspace,
		event,
		photo
	});

	const assertFits = ({ kind, size, sha256, photo }: FileRef) => {
		if (size > maxBytes(kind))
			throw new AuraError('too_large', `A file of kind ${kind} is smaller.`);
		if (kind === 'original' && photoIdOf(sha256) !== photo)
			throw new AuraError('invalid', 'sha256: this is not the original of this photo.');
	};

	const canSee = async ({ reach, eventOf }: Sending, events: string[]): Promise<boolean> => {
		if (reach === 'all') return true;
		for (const id of events)
			if (
				await eventOf(id).then(
					() => true,
					() => false
				)
			)
				return true;
		return false;
	};

	/** What is stored already for another photo of the same content becomes this one's, where its sender may see it. */
	const linkKnown = async (
		sending: Sending,
		file: FileRef,
		known: KnownAsset
	): Promise<boolean> => {
		if (!(await canSee(sending, known.events))) return false;
		const { workspace, person } = sending;
		const link = { kind: file.kind, asset: known.asset, faces: null, createdBy: person };
		await database.tenant(workspace, (queries) => linkFile(queries, refOf(sending, file), link));
		return true;
	};

	/** Where pieces of a file may come from besides what was sent: nobody gets content by knowing its hash alone. */
	const basesOf = ({ workspace, reach }: Sending, { event }: FileRef) => ({
		workspace,
		event: reach === 'all' ? null : event
	});

	const isPlaced = async (sending: Sending, file: FileRef): Promise<boolean> => {
		const { workspace } = sending;
		// faces are rows of an event: they come with their sidecar
		const isFaces = file.kind === 'faces';
		const { found, known } = await database.tenant(workspace, async (queries) => {
			const placed = await findFile(queries, refOf(sending, file), file.kind);
			const key = cacheKeyOf(file.kind, file.photo, file.sha256);
			const isNew = placed === null && !isFaces;
			return { found: placed, known: isNew ? await findAsset(queries, workspace, key) : null };
		});
		// faces that were found anew take the place of those before
		const isSame = found !== null && (!isFaces || found.sha256 === file.sha256);
		const isThere = isSame || (known !== null && (await linkKnown(sending, file, known)));
		if (isThere) await markStored(workspace, file.event, file.photo);
		return isThere;
	};

	const offerOne = async (sending: Sending, file: FileOffer): Promise<FileState> => {
		const { workspace, person } = sending;
		await sending.eventOf(file.event);
		assertFits(file);
		if (await isPlaced(sending, file)) return done;
		const chunks = file.isWhole ? null : writeManifest(file.chunks);
		return quota.reserve(workspace, file, async (queries) => {
			await keepUpload(queries, workspace, { ...file, chunks, person });
			const have = await findPieces(queries, basesOf(sending, file), file.chunks);
			if (file.chunks.some(({ hash }) => have(hash).bytes > 0))
				await prolong(queries, workspace, stagedHashes(file.chunks));
			return { stored: false, missing: missingOf(file.chunks, have) };
		});
	};

	const readFaces = async (bytes: AsyncIterable<Uint8Array>): Promise<Sidecar> => {
		const parts: Uint8Array[] = [];
		for await (const part of bytes) parts.push(part);
		try {
			const all = Buffer.concat(parts);
			const { model } = readSidecar(all, 'any');
			const ready = await findReady(database, model);
			return readSidecar(all, () => ready?.model);
		} catch (error) {
			if (error instanceof DamagedPieces) throw error;
			throw new AuraError('invalid', (error as Error).message);
		}
	};

	/**
	 * Enters a file that lies at its path.
	 * @returns staged objects that its pieces lay in
	 */
	const enter = async (
		sending: Sending,
		file: FileRef,
		upload: Upload,
		path: string,
		sidecar: Sidecar | null
	): Promise<string[]> => {
		const { workspace, person } = sending;
		const { kind, sha256, size } = file;
		const { chunks } = upload;
		const { kept, objects } = await database.tenant(workspace, async (queries) => {
			const asset = await insertAsset(queries, workspace, {
				kind,
				cacheKey: cacheKeyOf(kind, file.photo, sha256),
				sha256,
				size,
				path,
				chunks: chunks.length > 1 ? writeManifest(chunks) : null,
				createdBy: person
			});
			await putSamples(queries, workspace, asset.id, chunks);
			const faces = sidecar?.faces.length ?? null;
			await linkFile(queries, refOf(sending, file), {
				kind,
				asset: asset.id,
				faces,
				createdBy: person
			});
			if (sidecar) await replaceFaces(queries, refOf(sending, file), sidecar);
			await forgetUpload(queries, workspace, sha256);
			const objects = await forgetStaged(queries, workspace, stagedHashes(chunks));
			return { kept: asset.path, objects };
		});
		// the same work was done elsewhere, and lies there
		if (kept !== path) await storage.remove(path);
		return objects;
	};

	/** @param spent is told the staged objects that pieces of the file lay in */
	const commitOne = async (
		sending: Sending,
		file: FileRef,
		spent: (objects: string[]) => void
	): Promise<FileState> => {
		const { workspace } = sending;
		const event = await sending.eventOf(file.event);
		assertFits(file);
		if (await isPlaced(sending, file)) return done;
		for (let turn = 0; turn < TRIES; turn++) {
			const { upload, have } = await database.tenant(workspace, async (queries) => {
				const [found] = await findUploads(queries, workspace, [file.sha256]);
				if (!found)
					throw new AuraError('missing_chunks', 'This file was not offered, or too long ago.');
				const bases = basesOf(sending, file);
				// what is stored may be what was damaged: the last try goes without
				const isLast = turn === TRIES - 1;
				return { upload: found, have: await findPieces(queries, bases, found.chunks, isLast) };
			});
			const missing = missingOf(upload.chunks, have);
			if (missing.length > 0) return { stored: false, missing };
			const bytes = () => assemble(storage, upload, have);
			try {
				const found = file.kind === 'faces' ? await readFaces(bytes()) : null;
				const ref = refOf(sending, file);
				const sidecar = found && (await withoutForgotten(database, ref, event, found));
				const extents = upload.chunks.slice(0, 32).flatMap(({ hash }) => have(hash).extents);
				const head = await headOf(readExtents(storage, extents));
				const extension = await extensionOf(file.kind, head, () =>
					findDamaged(storage, upload.chunks, have)
				);
				const path = pathOf(workspace, event, file.photo, file.kind, extension);
				if (sidecar === found) {
					if (!(await adopt(storage, upload, have, stagingFolder(workspace), path, proven)))
						await storage.put(path, bytes());
					spent(await enter(sending, file, upload, path, sidecar));
				} else {
					await storeFaces(database, storage, ref, path, sidecar!, sending.person);
					spent(
						await database.tenant(workspace, async (queries) => {
							await forgetUpload(queries, workspace, file.sha256);
							return forgetStaged(queries, workspace, stagedHashes(upload.chunks));
						})
					);
				}
				await markStored(workspace, file.event, file.photo);
				onPlaced(ref, file.kind);
				return done;
			} catch (error) {
				if (!(error instanceof DamagedPieces)) throw error;
				// all pieces are right, and the whole is not: it never was this file
				const isLie = error.hashes.length === 0;
				const hashes = isLie
					? stagedHashes(upload.chunks)
					: [...error.hashes, wholeHash(upload.chunks)];
				spent(
					await database.tenant(workspace, async (queries) => {
						if (isLie) await forgetUpload(queries, workspace, file.sha256);
						return forgetStaged(queries, workspace, hashes);
					})
				);
				if (isLie)
					throw new AuraError(
						'invalid',
						'The bytes that arrived are not those that were offered. Send them again.'
					);
			}
		}
		throw new AuraError('unavailable', 'The file cannot be put together at the moment.');
	};

	/** Each file for itself, several at a time: what one lacks does not hold up the others. */
	const each = async <File extends FileRef>(
		files: readonly File[],
		run: (file: File) => Promise<FileState>
	): Promise<{ files: FileState[] }> => {
		const states: FileState[] = [];
		const rest = files.entries();
		const lane = async () => {
			for (const [index, file] of rest)
				states[index] = await run(file).catch((error: unknown): FileState => {
					if (!(error instanceof AuraError)) report(error);
					const { code, detail, status: _, type: _type, title: _title, ...more } = toProblem(error);
					return { stored: false, missing: [], problem: { code, detail, ...more } };
				});
		};
		await Promise.all(Array.from({ length: LANES }, lane));
		const [first] = states;
		const isOne = states.every(({ problem }) => problem && problem.code === first?.problem?.code);
		// a request of which nothing came says so by its status
		if (isOne && first?.problem) {
			const { code, detail, ...details } = first.problem;
			throw new AuraError(code as ErrorCode, detail, details);
		}
		return { files: states };
	};
	const turnOf = ({ workspace }: Sending, { sha256 }: FileRef) => `${workspace}/${sha256}`;

	return {
		offer: (sending: Sending, files: readonly FileOffer[]) =>
			each(files, (file) => inTurn(turnOf(sending, file), () => offerOne(sending, file))),
		/** @param length of the body as it was announced; 0: not known */
		receive: (workspace: string, body: AsyncIterable<Uint8Array>, length = 0) =>
			receivePieces(database, storage, workspace, body, length, proven),
		/** Objects that pieces of several files lie in go once the last of them is done. */
		async commit(sending: Sending, files: readonly FileRef[]) {
			const objects = new Set<string>();
			const spent = (names: string[]) => names.forEach((name) => objects.add(name));
			try {
				return await each(files, (file) =>
					inTurn(turnOf(sending, file), () => commitOne(sending, file, spent))
				);
			} finally {
				// what stays behind goes with a sweep
				await discardStaged(database, storage, sending.workspace, [...objects]).catch(report);
			}
		}
	};
}
export type FileService = ReturnType<typeof createFileService>;

async function headOf(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
	const parts: Uint8Array[] = [];
	let size = 0;
	for await (const part of bytes) {
		parts.push(part);
		size += part.length;
		if (size >= HEAD_BYTES) break;
	}
	return Buffer.concat(parts);
}

/** @throws DamagedPieces when it looks wrong because pieces are, else as `checkContent` does */
async function extensionOf(
	kind: FileKind,
	head: Uint8Array,
	damaged: () => Promise<string[]>
): Promise<string> {
	try {
		return checkContent(kind, head);
	} catch (error) {
		const hashes = await damaged();
		throw hashes.length > 0 ? new DamagedPieces(hashes) : error;
	}
}
