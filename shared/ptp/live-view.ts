// Live view of Canon and Nikon: JPEG after JPEG, each asked for.
import { Operation, Property, Response } from './codes.ts';
import type { DeviceInfo } from './datasets.ts';
import { type Maker, setCanonProperty } from './makers.ts';
import type { Session } from './session.ts';

export const hasLiveView = ({ operations }: DeviceInfo, maker: Maker): boolean =>
	(maker === 'canon' && operations.has(Operation.CanonGetViewFinderData)) ||
	(maker === 'nikon' && operations.has(Operation.NikonGetLiveViewImage));

export async function startLiveView(session: Session, maker: Maker): Promise<void> {
	if (maker === 'canon') return setCanonProperty(session, Property.CanonViewFinderOutput, 2);
	await session.ask({ operation: Operation.NikonStartLiveView });
	// it answers that it is busy until the mirror is up
	await session.ask({ operation: Operation.NikonDeviceReady });
}

export async function stopLiveView(session: Session, maker: Maker): Promise<void> {
	if (maker === 'canon') return setCanonProperty(session, Property.CanonViewFinderOutput, 1);
	await session.ask({ operation: Operation.NikonEndLiveView });
}

/** The JPEG inside an answer that holds other things too: from its first marker to its last. */
export function jpegIn(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
	let start = bytes.indexOf(0xff);
	while (start !== -1 && !(bytes[start + 1] === 0xd8 && bytes[start + 2] === 0xff))
		start = bytes.indexOf(0xff, start + 1);
	if (start === -1) return null;
	let end = bytes.lastIndexOf(0xd9);
	while (end > start && bytes[end - 1] !== 0xff) end = bytes.lastIndexOf(0xd9, end - 1);
	return end > start ? bytes.slice(start, end + 1) : null;
}

/** Frames are small; what is larger is none. */
const MAX_FRAME = 4 * 1024 ** 2;
/** Canon: no frame yet. */
const CANON_NOT_READY = 0xa102;

/** @returns a JPEG; null: there is none yet */
export async function liveFrame(
	session: Session,
	maker: Maker
): Promise<Uint8Array<ArrayBuffer> | null> {
	const isCanon = maker === 'canon';
	const { data } = await session.ask({
		operation: isCanon ? Operation.CanonGetViewFinderData : Operation.NikonGetLiveViewImage,
		parameters: isCanon ? [0x00200000, 0, 0] : [],
		max: MAX_FRAME,
		accept: [CANON_NOT_READY, Response.AccessDenied]
	});
	return jpegIn(data);
}
