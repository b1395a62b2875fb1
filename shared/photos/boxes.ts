// Boxes of ISO base media files (ISO/IEC 14496-12): films, CR3.

/** Reads bytes of a file; fewer at its end. */
export type ReadAt = (at: number, length: number) => Promise<Uint8Array>;

export const viewOf = (bytes: Uint8Array) =>
	new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
export const ascii = (bytes: Uint8Array, from: number, length: number) =>
	String.fromCharCode(...bytes.subarray(from, from + length));

export interface Box {
	type: string;
	/** of what is in it */
	from: number;
	to: number;
}

const MAX_BOXES = 200;

/** Boxes of ISO base media between two positions (ISO/IEC 14496-12, 4.2). */
export async function boxesIn(read: ReadAt, from: number, to: number): Promise<Box[]> {
	const boxes: Box[] = [];
	let at = from;
	while (at + 8 <= to && boxes.length < MAX_BOXES) {
		const head = await read(at, 32);
		if (head.length < 8) break;
		const view = viewOf(head);
		const short = view.getUint32(0);
		const isLong = short === 1 && head.length >= 16;
		const size = isLong ? Number(view.getBigUint64(8)) : short === 0 ? to - at : short;
		const inner = isLong ? 16 : 8;
		if (size < inner) break;
		const type = ascii(head, 4, 4);
		boxes.push({ type, from: at + inner, to: Math.min(to, at + size) });
		at += size;
	}
	return boxes;
}

/** The box at a path of types, each the first of its kind. */
export async function boxAt(read: ReadAt, box: Box, ...path: string[]): Promise<Box | null> {
	let at: Box | undefined = box;
	for (const type of path) {
		at = (await boxesIn(read, at.from, at.to)).find((each) => each.type === type);
		if (!at) return null;
	}
	return at;
}

/** Reads a file through pieces that are kept: directories lie close together. */
export function readerOf(file: Blob): ReadAt {
	const PIECE = 64 * 1024;
	const pieces = new Map<number, Promise<Uint8Array>>();
	const pieceAt = (index: number) => {
		let piece = pieces.get(index);
		if (!piece) {
			piece = file
				.slice(index * PIECE, (index + 1) * PIECE)
				.arrayBuffer()
				.then((buffer) => new Uint8Array(buffer));
			pieces.set(index, piece);
		}
		return piece;
	};
	return async (at, length) => {
		if (at < 0 || at >= file.size || length <= 0) return new Uint8Array();
		if (length > PIECE) return new Uint8Array(await file.slice(at, at + length).arrayBuffer());
		const first = Math.floor(at / PIECE);
		const inPiece = at - first * PIECE;
		const piece = await pieceAt(first);
		if (inPiece + length <= PIECE) return piece.subarray(inPiece, inPiece + length);
		const rest = await pieceAt(first + 1);
		const joined = new Uint8Array(piece.length - inPiece + rest.length);
		joined.set(piece.subarray(inPiece));
		joined.set(rest, piece.length - inPiece);
		return joined.subarray(0, length);
	};
}
