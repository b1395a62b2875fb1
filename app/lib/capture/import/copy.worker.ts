// Copies chosen files: onto this device, and into a second folder. What was written is read back and compared.
import { expose } from 'comlink';
import { readDimensions } from '#shared/photos/dimensions.ts';
import { type PhotoType, SNIFF_BYTES, isFilm, sniffPhotoType } from '#shared/photos/format.ts';
import { MAX_FILE_BYTES, MAX_PIXELS } from '#shared/photos/limits.ts';
import { hashOf, hashOfBytes } from '../../device/hash.ts';
import { writeVerified } from '../../device/verified.ts';
import { readFacts } from '../../photos/metadata.ts';
import { writeInto } from './second-folder.ts';

/** Why a file is not taken; the page has the words. */
export type RefusalCode =
	'empty' | 'too_large' | 'not_a_photo' | 'too_many_pixels' | 'unreadable' | 'unverified';

/** Where a content is already. */
export interface Whereabouts {
	/** in the event, or on its way there */
	known: boolean;
	/** its bytes on this device */
	local: boolean;
	/** its bytes on the server */
	stored: boolean;
}

export type CopyResult =
	| { kind: 'refused'; code: RefusalCode }
	/** `isLocal`: its bytes are on this device now */
	| { kind: 'copied'; sha256: string; type: PhotoType; isKnown: boolean; isLocal: boolean };

/** What a photo's first bytes say of when it was taken, and by what. */
export interface HeadFacts {
	/** the camera's clock; the file's own time where the photo says nothing: cards keep it in the camera's zone */
	takenAt: string | null;
	camera: string | null;
}

/** Larger files are hashed and compared piece by piece instead of in memory. */
const IN_MEMORY_BYTES = 64 * 1024 ** 2;
const HEAD_BYTES = 64 * 1024;
/** Enough for what a photo says of itself before its data. */
const FACTS_BYTES = 256 * 1024;

function localTimeOf(ms: number): string | null {
	const at = new Date(ms);
	if (ms <= 0 || Number.isNaN(at.getTime())) return null;
	return new Date(ms - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

const api = {
	/**
	 * Hashes a file and copies it onto the device, unless it is refused or its bytes are kept already.
	 * @throws DOMException QuotaExceededError when the device is full, NotReadableError when the file vanished
	 */
	async copy(
		person: string,
		file: File,
		whereIs: (sha256: string) => Promise<Whereabouts>
	): Promise<CopyResult> {
		if (file.size === 0) return { kind: 'refused', code: 'empty' };
		if (file.size > MAX_FILE_BYTES) return { kind: 'refused', code: 'too_large' };
		const whole = file.size <= IN_MEMORY_BYTES ? new Uint8Array(await file.arrayBuffer()) : null;
		const head =
			whole?.slice(0, HEAD_BYTES) ?? new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
		const type = sniffPhotoType(head);
		if (!type) return { kind: 'refused', code: 'not_a_photo' };
		const size = readDimensions(head, type);
		if (size && size.width * size.height > MAX_PIXELS)
			return { kind: 'refused', code: 'too_many_pixels' };
		const sha256 = whole ? await hashOfBytes(whole) : await hashOf(file);
		const { known, local, stored } = await whereIs(sha256);
		// another device may have it and be lost before it has sent it
		const isWanted = !local && !(known && stored);
		if (isWanted && !(await writeVerified(person, 'originals', sha256, sha256, file, whole)))
			return { kind: 'refused', code: 'unverified' };
		return { kind: 'copied', sha256, type, isKnown: known, isLocal: local || isWanted };
	},

	/**
	 * Copies a file into a folder of the computer. @param sha256 of the file; null: not known yet
	 * @returns the name that it has there
	 */
	async second(
		file: File,
		folder: FileSystemDirectoryHandle,
		name: string,
		sha256: string | null
	): Promise<string> {
		return writeInto(folder, name, file, sha256 ?? (await hashOf(file)), hashOf);
	},

	/** Reads when a photo was taken, and by what. @throws DOMException NotReadableError when the file vanished */
	async facts(file: File): Promise<HeadFacts> {
		const type = sniffPhotoType(new Uint8Array(await file.slice(0, SNIFF_BYTES).arrayBuffer()));
		if (type && isFilm(type)) {
			const { readFilmFacts } = await import('../../photos/film.ts');
			const { takenAt, camera } = await readFilmFacts(file);
			return { takenAt: takenAt ?? localTimeOf(file.lastModified), camera };
		}
		// most say it in their first bytes; RAW files where their directories are
		const read = type === 'image/x-raw' ? file : file.slice(0, FACTS_BYTES);
		const { takenAt, camera } = await readFacts(read, type ?? '');
		return { takenAt: takenAt ?? localTimeOf(file.lastModified), camera };
	}
};

export type CopyWorker = typeof api;
expose(api);
