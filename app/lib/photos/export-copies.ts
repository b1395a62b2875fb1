// Copies of photos with what is said of them, for other programs: JPEGs have it inside, others in a sidecar beside them.
import { withXmp, xmpIn } from '#shared/photos/jpeg-xmp.ts';
import { safeFileName } from '#shared/photos/names.ts';
import type { XmpWritten } from '#shared/photos/xmp.ts';
import { fileOf, writeInto } from '../capture/import/second-folder.ts';
import { readFile } from '../device/files.ts';
import { hashOf } from '../device/hash.ts';
import type { EventState, Photo } from '../events/event.svelte.ts';
import { addressOf } from '../api/client.ts';
import { fetchFile } from '../files/fetch.ts';
import { peopleOn } from '../people/on-photos.ts';
import type { Studio } from '../studio/studio.svelte.ts';
import { MAX_SIDECAR_BYTES, isXmp, mergeXmp } from './xmp.ts';

const ORIGINAL = 'GET /api/workspaces/{workspace}/events/{event}/photos/{photo}/files/{kind}';

/** @returns parts of a JPEG that says it inside; null where that has no room */
async function withSaid(original: Blob, said: XmpWritten) {
	const bytes = new Uint8Array(await original.arrayBuffer());
	return withXmp(bytes, mergeXmp(xmpIn(bytes) ?? '', said));
}

export interface Exported {
	done: number;
	/** neither this device nor the server had them, or the network was gone */
	missing: string[];
}

/**
 * Writes a sidecar beside a photo. One that another program wrote there keeps what else it says: it is what that program
 * reads, and not another one under a free name.
 */
async function writeSidecar(
	folder: FileSystemDirectoryHandle,
	name: string,
	said: XmpWritten
): Promise<void> {
	const there = await fileOf(folder, name);
	const existing = there && there.size <= MAX_SIDECAR_BYTES ? await there.text() : '';
	const blob = new Blob([mergeXmp(existing, said)]);
	if (!isXmp(existing))
		return void (await writeInto(folder, name, blob, await hashOf(blob), hashOf));
	// what is there stays whole until this is
	const stream = await (await folder.getFileHandle(name)).createWritable();
	await stream.write(blob);
	await stream.close();
}

/**
 * Writes copies into a folder, and into folders in it that are called as the event's are, of RAW and JPEG of one shot both; what is there already with the same content is left as it is.
 * @throws DOMException when the folder is full, or cannot be written to any more
 */
export async function exportCopies(
	studio: Studio,
	event: EventState,
	photos: readonly Photo[],
	folder: FileSystemDirectoryHandle,
	onProgress: (done: number, of: number) => void
): Promise<Exported> {
	const people = await peopleOn(studio, event);
	const exported: Exported = { done: 0, missing: [] };
	// what is said of a shot is said of each of its files
	const files = photos.flatMap((lead) =>
		[lead, ...event.stacks.othersOf(lead.id)].map((file) => ({ ...file, lead: lead.id }))
	);
	/** Those of one folder of the event lie in a folder of their own. */
	const folderOf = (named: string | undefined) =>
		named
			? folder.getDirectoryHandle(safeFileName(named.replace(/[\\/]/g, '-')), { create: true })
			: folder;
	for (const { id, facts, lead } of files) {
		const place = { workspace: event.workspace, event: event.id, photo: id };
		const original =
			(await readFile(studio.person, 'originals', facts.sha256)) ??
			(
				await fetchFile(addressOf(ORIGINAL, { ...place, kind: 'original' }), false).catch(
					() => null
				)
			)?.blob;
		if (!original) {
			exported.missing.push(facts.name);
			continue;
		}
		const marks = event.marks(lead);
		const said: XmpWritten = {
			marks,
			rights: event.rightsOf(lead),
			people: people.get(lead) ?? []
		};
		const into = await folderOf(marks.folder);
		const inside = facts.type === 'image/jpeg' ? await withSaid(original, said) : null;
		const copy = inside ? new Blob(inside, { type: facts.type }) : original;
		const name = await writeInto(into, safeFileName(facts.name), copy, await hashOf(copy), hashOf);
		if (!inside) await writeSidecar(into, `${name.replace(/\.[^.]*$/, '')}.xmp`, said);
		onProgress(++exported.done, files.length);
	}
	return exported;
}
