import { randomUUID } from 'node:crypto';
import type { FileKind } from '#shared/files/kinds.ts';
import { type PhotoType, extensionOf, photoTypes } from '#shared/photos/format.ts';
import type { Project } from '#shared/projects/project.ts';

const folders: Record<FileKind, string> = {
	original: 'originals',
	web: 'optimized/full',
	thumb: 'optimized/thumbs',
	faces: 'faces'
};

/** Where a file is stored. Each try has a place of its own: what is removed never was somebody else's success. */
export function pathOf(
	workspace: string,
	event: Pick<Project, 'id' | 'date' | 'createdAt'>,
	photo: string,
	kind: FileKind,
	extension: string
): string {
	const year = (event.date ?? event.createdAt).slice(0, 4);
	const name = `${photo}.${randomUUID().slice(0, 8)}`;
	return `files/${workspace}/${year}/${event.id}/${folders[kind]}/${name}.${extension}`;
}

/** Types by the extension of stored names. */
const types = new Map(photoTypes.map((type) => [extensionOf[type], type]));
/** @returns null for what is no picture */
export const typeOf = (path: string): PhotoType | null => types.get(path.split('.').pop()!) ?? null;
