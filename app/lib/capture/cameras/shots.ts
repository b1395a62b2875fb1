// What is known of photos on cameras: which were noticed, which are here.
import type { PhotoMarks } from '#shared/photos/photo.ts';
import type { Preset } from '#shared/photos/rights.ts';
import { shownName } from '#shared/photos/names.ts';
import type { ObjectInfo } from '#shared/ptp/datasets.ts';
import { PtpError } from '#shared/ptp/error.ts';
import { infoOf } from '#shared/ptp/objects.ts';
import type { Session } from '#shared/ptp/session.ts';
import type { CameraRow, DeviceDatabase, ShotRow } from '../../device/database.ts';
import type { ImportPlace } from '../importer.ts';

/** Where the next shots go, and what is said of them. */
export interface Destination extends ImportPlace {
	marks?: PhotoMarks;
	preset?: Preset;
}

const photos = /\.(jpe?g|heic|heif|hif|png|webp|avif)$/i;
const raws = /\.(cr2|cr3|nef|nrw|arw|raf|orf|rw2|dng|pef|srw)$/i;

/** Whether a file on a card is a photo, by its name: films, sounds and catalogues stay on the card. */
export const isPhotoName = (name: string): boolean => photos.test(name) || raws.test(name);

/** What a photo is known by when a camera has numbered its photos anew. */
export const identityOf = ({ storage, parent, name, size, takenAt }: ObjectInfo): string =>
	[storage, parent, name, size, takenAt ?? ''].join('/');

/** Whether the photo that a buffer gives next is this one. @throws PtpError when the connection is lost */
export async function isInBuffer(
	session: Session,
	{ handle, identity }: Pick<ShotRow, 'handle' | 'identity'>
): Promise<boolean> {
	const info = await infoOf(session, handle).catch((error: unknown) => {
		if (error instanceof PtpError && error.code === 'refused') return null;
		throw error;
	});
	const plain = info && identityOf(info);
	return plain !== null && (identity === plain || identity.startsWith(`${plain}/`));
}

/**
 * Notes a photo of a camera, once.
 * @param isBuffer what lies in a buffer was never read, whatever it is called: names begin anew
 * @returns the row that waits to be read; null: it is here, or was given up
 */
export async function notice(
	{ shots }: DeviceDatabase,
	camera: string,
	handle: number,
	info: ObjectInfo,
	{ workspace, event, marks, preset }: Destination,
	isBuffer = false
): Promise<ShotRow | null> {
	const plain = identityOf(info);
	const same = await shots
		.where('[camera+identity]')
		.between([camera, plain], [camera, isBuffer ? `${plain}/\uffff` : plain], true, true)
		.toArray();
	const waits = same.find(({ state }) => state === 'waiting');
	if (waits) {
		await shots.update(waits.id, { handle });
		return { ...waits, handle };
	}
	if (same.length > 0 && !isBuffer) return null;
	const identity = same.length > 0 ? `${plain}/${Date.now()}` : plain;
	const row = {
		camera,
		handle,
		identity,
		workspace,
		event,
		name: shownName(info.name),
		size: info.size,
		takenAt: info.takenAt,
		noticedAt: Date.now(),
		order: raws.test(info.name) ? (1 as const) : (0 as const),
		state: 'waiting' as const,
		reason: null,
		attempts: 0,
		sha256: null,
		...(marks ? { marks } : {}),
		...(preset ? { preset } : {})
	};
	return { ...row, id: await shots.add(row) };
}

/** Whole seconds that belong to one press of the shutter: RAW and JPEG are written one after the other. */
const TOGETHER_MS = 1_500;

/** Which of the waiting shots is read next: in the order they were taken, a JPEG before its RAW. */
export function nextOf(waiting: readonly ShotRow[]): ShotRow | null {
	const oldest = waiting.reduce<ShotRow | null>(
		(best, row) =>
			!best ||
			row.noticedAt < best.noticedAt ||
			(row.noticedAt === best.noticedAt && row.id < best.id)
				? row
				: best,
		null
	);
	if (!oldest || oldest.order === 0) return oldest;
	// its JPEG is seen sooner, and is smaller
	const stem = (name: string) => name.replace(/\.[^.]*$/, '').toLowerCase();
	return (
		waiting.find(
			({ order, name, noticedAt }) =>
				order === 0 &&
				stem(name) === stem(oldest.name) &&
				noticedAt - oldest.noticedAt < TOGETHER_MS
		) ?? oldest
	);
}

/** How long a camera may be away and still bring what was taken meanwhile by itself, ms: an evening, not a week. */
const SAME_SHOOTING_MS = 6 * 60 * 60 * 1000;

/** What a camera has that is not here. */
export interface Inventory {
	/** to be read now */
	fresh: number[];
	/** offered: they were there before this shooting */
	older: number[];
	/** handles mean nothing any more: another card, or a camera that numbers anew */
	isRenumbered: boolean;
}

/**
 * Tells what is new on a card.
 * @param handles all of them, as the camera says now
 * @param row what is known of the camera; null: it was never here
 * @param known handles of shots that were noticed before
 */
export function takeStock(
	handles: readonly number[],
	row: Pick<CameraRow, 'older' | 'seenAt'> | null,
	known: ReadonlySet<number>,
	now: number
): Inventory {
	if (!row) return { fresh: [], older: [...handles], isRenumbered: false };
	const before = new Set(row.older);
	const isKept = (handle: number) => before.has(handle) || known.has(handle);
	const kept = handles.filter(isKept).length;
	const isRenumbered = handles.length > 0 && before.size + known.size > 0 && kept === 0;
	const unknown = handles.filter((handle) => !isKept(handle));
	const older = handles.filter((handle) => before.has(handle) && !known.has(handle));
	const isSame = now - row.seenAt < SAME_SHOOTING_MS;
	return isSame
		? { fresh: unknown, older, isRenumbered }
		: { fresh: [], older: [...older, ...unknown], isRenumbered };
}

/** What is known of a camera whose card was formatted: when it was seen, and none of its numbers. */
export const anew = <Row extends Pick<CameraRow, 'older' | 'seenAt'>>(row: Row | null) =>
	row && { ...row, older: [] };

/** No object has this number (PIMA 15740:2000, 5.3.1): such a shot waits for the card that it is on. */
export const NO_HANDLE = 0;

/** Shots of a camera that wait are known by what they are, and not by their numbers any more. */
export async function forgetHandles({ shots }: DeviceDatabase, camera: string): Promise<void> {
	await shots.where('[camera+state]').equals([camera, 'waiting']).modify({ handle: NO_HANDLE });
}

/** Whether a photo on a card is one that waits, whatever number it has. */
export async function isWaiting(
	{ shots }: DeviceDatabase,
	camera: string,
	info: ObjectInfo
): Promise<boolean> {
	const shot = await shots
		.where('[camera+identity]')
		.equals([camera, identityOf(info)])
		.first();
	return shot?.state === 'waiting';
}
