// Pieces of files in one request, one after the other. Each begins with a header of 44 bytes: the SHA-256 of its file,
// then, as uint32 in little endian, the number of the piece, where in it these bytes begin, and how many they are.
import { fromHex, toHex } from '#shared/bytes.ts';

export interface FrameHeader {
	/** of the file */
	sha256: string;
	index: number;
	/** bytes of the piece that come before these */
	offset: number;
	length: number;
}

export const FRAME_HEADER = 44;

export function writeFrameHeader({
	sha256,
	index,
	offset,
	length
}: FrameHeader): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(FRAME_HEADER);
	bytes.set(fromHex(sha256));
	const view = new DataView(bytes.buffer);
	view.setUint32(32, index, true);
	view.setUint32(36, offset, true);
	view.setUint32(40, length, true);
	return bytes;
}

function readFrameHeader(bytes: Uint8Array): FrameHeader {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	return {
		sha256: toHex(bytes.subarray(0, 32)),
		index: view.getUint32(32, true),
		offset: view.getUint32(36, true),
		length: view.getUint32(40, true)
	};
}

/** Hears of frames as they arrive; the next part is read when it is done with the last one. */
export interface FrameHandler {
	/** A frame begins. */
	begin(header: FrameHeader): Promise<void> | void;
	/** Some of its bytes. */
	bytes(part: Uint8Array): void;
	/** The frame is over. @param isWhole false when the network was cut before its end */
	end(isWhole: boolean): Promise<void> | void;
}

/**
 * Reads frames; yields whenever the handler has heard something, so that whoever iterates sets the pace.
 * A body that breaks off ends the frame that was being read, and nothing is thrown.
 */
export async function* readFrames(
	body: AsyncIterable<Uint8Array>,
	handler: FrameHandler
): AsyncGenerator<void> {
	const head = new Uint8Array(FRAME_HEADER);
	let headLength = 0;
	let left = 0;
	let isOpen = false;
	const parts = body[Symbol.asyncIterator]();
	for (;;) {
		const next = await parts.next().catch(() => ({ done: true as const, value: undefined }));
		if (next.done) break;
		let part: Uint8Array = next.value;
		while (part.length > 0 || (isOpen && left === 0)) {
			if (!isOpen) {
				const taken = part.subarray(0, FRAME_HEADER - headLength);
				head.set(taken, headLength);
				headLength += taken.length;
				part = part.subarray(taken.length);
				if (headLength < FRAME_HEADER) break;
				const header = readFrameHeader(head);
				headLength = 0;
				left = header.length;
				isOpen = true;
				await handler.begin(header);
			}
			const bytes = part.subarray(0, left);
			if (bytes.length > 0) handler.bytes(bytes);
			left -= bytes.length;
			part = part.subarray(bytes.length);
			if (left === 0) {
				isOpen = false;
				await handler.end(true);
			}
		}
		yield;
	}
	if (isOpen) await handler.end(false);
	yield;
}
