// Photos on a camera: what is there, and how they are read in pieces.
import { ALL, Format, Operation, Response } from './codes.ts';
import { type ObjectInfo, readNumbers, readObjectInfo } from './datasets.ts';
import { PtpError } from './error.ts';
import type { Session } from './session.ts';

/** Storages that hold something; a slot without a card ends in 0000. */
export async function storagesOf(session: Session): Promise<number[]> {
	const { data } = await session.ask({ operation: Operation.GetStorageIDs });
	return readNumbers(data).filter((id) => (id & 0xffff) !== 0);
}

/** Handles of everything on all storages: 50 000 objects are 200 KB. */
export async function handlesOf(session: Session): Promise<number[]> {
	const { data } = await session.ask({
		operation: Operation.GetObjectHandles,
		parameters: [ALL, 0, 0],
		accept: [Response.StoreNotAvailable, Response.InvalidStorageID]
	});
	return data.length === 0 ? [] : readNumbers(data);
}

export async function infoOf(session: Session, handle: number): Promise<ObjectInfo> {
	const { data } = await session.ask({
		operation: Operation.GetObjectInfo,
		parameters: [handle]
	});
	return readObjectInfo(data);
}

/** Folders are objects too. */
export const isFile = (info: ObjectInfo): boolean => info.format !== Format.Association;

/** The small JPEG that a camera makes of each photo; null where it has none. */
export async function thumbOf(
	session: Session,
	handle: number
): Promise<Uint8Array<ArrayBuffer> | null> {
	try {
		const { data } = await session.ask({ operation: Operation.GetThumb, parameters: [handle] });
		return data[0] === 0xff && data[1] === 0xd8 ? data : null;
	} catch (error) {
		if (error instanceof PtpError && error.code === 'refused') return null;
		throw error;
	}
}

/** A size that the camera says for something that it cannot measure. */
const isUnknown = (size: number) => size === 0 || size === ALL;

/** A piece: large enough that asking costs little, small enough that a shutter press does not wait long behind it. */
export const PIECE_BYTES = 2 * 1024 ** 2;
/** How often one piece is asked for, where the camera stalls or sends nothing. */
const PIECE_TRIES = 3;

export interface Download {
	handle: number;
	/** bytes, as the camera says */
	size: number;
	/** operation that reads a part (handle, offset, length); null: the camera can only send the whole */
	partial: number | null;
	/** what is here already, bytes */
	from: number;
	/** refuse more than this */
	max: number;
	/** takes the next piece; the next is not asked for before it is done */
	write(bytes: Uint8Array<ArrayBuffer>, at: number): Promise<void>;
}

/** One piece, again where the camera stalls. @returns empty: there is nothing more */
async function pieceOf(
	session: Session,
	{ handle, partial }: Download,
	at: number,
	length: number
): Promise<Uint8Array<ArrayBuffer>> {
	for (let tries = 1; ; tries++) {
		try {
			const { data } = await session.ask({
				operation: partial!,
				parameters: [handle, at, length],
				max: length
			});
			if (data.length > 0 || tries === PIECE_TRIES) return data;
		} catch (error) {
			const isStall = error instanceof PtpError && error.code === 'stall';
			if (!isStall || tries === PIECE_TRIES) throw error;
		}
	}
}

/**
 * Reads an object in pieces, from where it was left.
 * Where the camera lies about the size, what it sends counts: it is read until nothing more comes.
 * @returns bytes of the whole object
 * @throws PtpError 'truncated' when it ends before the size that the camera says, 'too_large' when it never ends
 */
export async function download(session: Session, wish: Download): Promise<number> {
	const { handle, size, partial, max, write } = wish;
	if (!isUnknown(size) && size > max)
		throw new PtpError('too_large', `The file has ${size} bytes; ${max} are taken.`);
	if (partial === null) {
		const { data } = await session.ask({
			operation: Operation.GetObject,
			parameters: [handle],
			max: isUnknown(size) ? max : size
		});
		if (!isUnknown(size) && data.length < size)
			throw new PtpError('truncated', `${data.length} of ${size} bytes came.`);
		const got = data.length;
		await write(data, 0);
		return got;
	}
	let at = wish.from;
	let writing: Promise<void> = Promise.resolve();
	while (isUnknown(size) || at < size) {
		const length = isUnknown(size) ? PIECE_BYTES : Math.min(PIECE_BYTES, size - at);
		const piece = await pieceOf(session, wish, at, length);
		// the camera sends the next piece while this one is written
		await writing;
		if (piece.length === 0) {
			if (isUnknown(size) && at > 0) break;
			throw new PtpError('truncated', `The camera sent ${at} of ${size} bytes and no more.`);
		}
		// whoever takes the bytes may take them away
		const got = piece.length;
		writing = write(piece, at);
		writing.catch(() => undefined);
		at += got;
		if (at > max) throw new PtpError('too_large', `The file has more than ${max} bytes.`);
		if (isUnknown(size) && got < length) break;
	}
	await writing;
	return at;
}
