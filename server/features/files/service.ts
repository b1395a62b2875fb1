import { createHash } from 'node:crypto';
import { AuraError } from '#shared/errors.ts';
import { embedders } from '#shared/faces/models.ts';
import { type Sidecar, readSidecar } from '#shared/faces/sidecar.ts';
import { CHUNK_BYTES, type FileKind, fileKinds } from '#shared/files/kinds.ts';
import type { FileOffer, FileState } from '#shared/files/upload.ts';
import { photoIdSchema } from '#shared/ids.ts';
import { photoIdOf } from '#shared/photos/identity.ts';
import type { Project } from '#shared/projects/project.ts';
import type { Database } from '../../database/database.ts';
import type { Storage } from '../../storage/storage.ts';
import { replaceFaces } from '../faces/store.ts';
import { checkContent, maxBytes } from './content.ts';
import { type PhotoRef, findFile, insertFile } from './store.ts';
import type { Quota } from '../usage/quota.ts';
import type { MarkStored } from './stored-marks.ts';

/** @throws AuraError not_found for what is no file of a photo. */
export function parseFileRef(photo: string, kind: string): { photo: string; kind: FileKind } {
	if (!photoIdSchema.safeParse(photo).success || !fileKinds.includes(kind as FileKind))
		throw new AuraError('not_found', 'There is no such file.');
	return { photo, kind: kind as FileKind };
}

const folders: Record<FileKind, string> = {
	original: 'originals',
	web: 'optimized/full',
	thumb: 'optimized/thumbs',
	faces: 'faces'
};

const pathOf = (ref: PhotoRef, event: Project, kind: FileKind, extension: string): string => {
	const year = (event.date ?? event.createdAt).slice(0, 4);
	return `files/${ref.workspace}/${year}/${ref.event}/${folders[kind]}/${ref.photo}.${extension}`;
};

const staging = (workspace: string, sha256: string) => `uploads/${workspace}/${sha256}`;

/** Takes files in pieces, verifies them as a whole, and places them. */
export function createFileService(
	database: Database,
	storage: Storage,
	markStored: MarkStored,
	quota: Quota
) {
	const missingPieces = async (
		workspace: string,
		{ sha256, size }: FileOffer
	): Promise<number[]> => {
		const have = new Set(await storage.list(staging(workspace, sha256)));
		const count = Math.ceil(size / CHUNK_BYTES);
		return Array.from({ length: count }, (_, index) => index).filter(
			(index) => !have.has(String(index))
		);
	};

	const assertOffer = (ref: PhotoRef, kind: FileKind, { sha256, size }: FileOffer) => {
		if (size > maxBytes(kind))
			throw new AuraError('too_large', `A file of kind ${kind} is smaller.`);
		if (kind === 'original' && photoIdOf(sha256) !== ref.photo)
			throw new AuraError('invalid', 'sha256: this is not the original of this photo.');
	};

	const offer = async (ref: PhotoRef, kind: FileKind, given: FileOffer): Promise<FileState> => {
		assertOffer(ref, kind, given);
		const found = await database.tenant(ref.workspace, (queries) => findFile(queries, ref, kind));
		if (!found) {
			await quota.assertRoom(ref.workspace, given.size);
			return { stored: false, missing: await missingPieces(ref.workspace, given) };
		}
		await markStored(ref.workspace, ref.event, ref.photo);
		return { stored: true, missing: [] };
	};

	/** Pieces in order, checked to be `size` bytes of this hash in all. */
	async function* assemble(
		workspace: string,
		{ sha256, size }: FileOffer
	): AsyncGenerator<Uint8Array> {
		const hash = createHash('sha256');
		let total = 0;
		for (let index = 0; index * CHUNK_BYTES < size; index++) {
			const piece = await storage.get(`${staging(workspace, sha256)}/${index}`);
			if (!piece)
				throw new AuraError('missing_chunks', 'A piece is missing.', { missing: [index] });
			for await (const bytes of piece.stream) {
				hash.update(bytes);
				total += bytes.length;
				yield bytes;
			}
		}
		if (total === size && hash.digest('hex') === sha256) return;
		await storage.remove(staging(workspace, sha256));
		throw new AuraError(
			'invalid',
			'The bytes that arrived are not those that were offered. Send them again.'
		);
	}

	const headOf = async (workspace: string, sha256: string): Promise<Uint8Array> => {
		const piece = await storage.get(`${staging(workspace, sha256)}/0`);
		return piece
			? new Uint8Array(await new Response(piece.stream).arrayBuffer())
			: new Uint8Array();
	};

	const readFaces = async (workspace: string, given: FileOffer): Promise<Sidecar> => {
		const parts: Uint8Array[] = [];
		for await (const bytes of assemble(workspace, given)) parts.push(bytes);
		try {
			return readSidecar(Buffer.concat(parts), (id) => embedders.find((model) => model.id === id));
		} catch (error) {
			throw new AuraError('invalid', (error as Error).message);
		}
	};

	return {
		offer,
		async putChunk(ref: PhotoRef, sha256: string, index: string, bytes: Uint8Array): Promise<void> {
			if (!/^\d{1,5}$/.test(index) || bytes.length === 0)
				throw new AuraError('invalid', 'Not a piece of a file.');
			// a small file comes without having been offered
			await quota.assertRoom(ref.workspace, bytes.length);
			await storage.put(`${staging(ref.workspace, sha256)}/${Number(index)}`, [bytes], false);
		},
		async commit(
			ref: PhotoRef,
			event: Project,
			kind: FileKind,
			given: FileOffer,
			person: string
		): Promise<FileState> {
			const state = await offer(ref, kind, given);
			if (state.stored) {
				await storage.remove(staging(ref.workspace, given.sha256));
				return state;
			}
			if (state.missing.length > 0)
				throw new AuraError('missing_chunks', 'Some pieces have not arrived yet.', {
					missing: state.missing
				});
			const extension = checkContent(kind, await headOf(ref.workspace, given.sha256));
			const sidecar = kind === 'faces' ? await readFaces(ref.workspace, given) : null;
			const path = pathOf(ref, event, kind, extension);
			await storage.put(path, assemble(ref.workspace, given));
			await database.tenant(ref.workspace, async (queries) => {
				const file = { kind, ...given, path, faces: sidecar?.faces.length ?? null };
				await insertFile(queries, ref, file, person);
				if (sidecar) await replaceFaces(queries, ref, sidecar);
			});
			quota.add(ref.workspace, given.size);
			await storage.remove(staging(ref.workspace, given.sha256));
			await markStored(ref.workspace, ref.event, ref.photo);
			return { stored: true, missing: [] };
		}
	};
}
export type FileService = ReturnType<typeof createFileService>;
