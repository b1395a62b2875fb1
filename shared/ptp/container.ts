import { PtpError } from './error.ts';

/** Kinds of USB still image containers (USB Still Image Capture Device Definition 1.0, chapter 7). */
export const ContainerType = { Command: 1, Data: 2, Response: 3, Event: 4 } as const;
export type ContainerType = (typeof ContainerType)[keyof typeof ContainerType];

export const HEADER_BYTES = 12;
/** A data phase of 4 GB or more says this instead of its length and ends with a short packet. */
export const UNKNOWN_LENGTH = 0xffffffff;
const MAX_PARAMETERS = 5;

export interface Header {
	/** bytes of the whole container, header included; `UNKNOWN_LENGTH` where it cannot say */
	length: number;
	type: ContainerType;
	code: number;
	transaction: number;
}

function writeHeader(view: DataView, { length, type, code, transaction }: Header): void {
	view.setUint32(0, Math.min(length, UNKNOWN_LENGTH), true);
	view.setUint16(4, type, true);
	view.setUint16(6, code, true);
	view.setUint32(8, transaction, true);
}

/** A command, response or event with at most five parameters. */
export function writeContainer(
	type: ContainerType,
	code: number,
	transaction: number,
	parameters: readonly number[] = []
): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(HEADER_BYTES + 4 * parameters.length);
	const view = new DataView(bytes.buffer);
	writeHeader(view, { length: bytes.length, type, code, transaction });
	parameters.forEach((value, i) => view.setUint32(HEADER_BYTES + 4 * i, value, true));
	return bytes;
}

/** The header of a data phase of `payload` bytes. */
export function writeDataHeader(
	code: number,
	transaction: number,
	payload: number
): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(HEADER_BYTES);
	writeHeader(new DataView(bytes.buffer), {
		length: HEADER_BYTES + payload,
		type: ContainerType.Data,
		code,
		transaction
	});
	return bytes;
}

/** @throws PtpError 'garbage' for what is no container */
export function readHeader(bytes: Uint8Array): Header {
	if (bytes.length < HEADER_BYTES)
		throw new PtpError('garbage', `The camera sent ${bytes.length} bytes where a header belongs.`);
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const header = {
		length: view.getUint32(0, true),
		type: view.getUint16(4, true) as ContainerType,
		code: view.getUint16(6, true),
		transaction: view.getUint32(8, true)
	};
	if (header.type < 1 || header.type > 4 || header.length < HEADER_BYTES)
		throw new PtpError('garbage', 'The camera answered with something that is not its protocol.');
	return header;
}

/** Parameters behind a header: as many whole ones as there are, at most five. */
export function readParameters(bytes: Uint8Array, header: Header): number[] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const end = Math.min(bytes.length, header.length);
	const parameters: number[] = [];
	for (let at = HEADER_BYTES; at + 4 <= end && parameters.length < MAX_PARAMETERS; at += 4)
		parameters.push(view.getUint32(at, true));
	return parameters;
}
