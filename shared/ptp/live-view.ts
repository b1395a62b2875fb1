// Live view of Canon, Nikon and Sony: JPEG after JPEG, each asked for.
import { setCanonProperty } from './canon.ts';
import { Operation, Property, Response } from './codes.ts';
import type { DeviceInfo } from './datasets.ts';
import type { Maker } from './makers.ts';
import type { Session } from './session.ts';
import { SONY_LIVE } from './sony.ts';

export const hasLiveView = ({ operations }: DeviceInfo, maker: Maker): boolean =>
	(maker === 'canon' && operations.has(Operation.CanonGetViewFinderData)) ||
	(maker === 'nikon' && operations.has(Operation.NikonGetLiveViewImage)) ||
	maker === 'sony';

export async function startLiveView(session: Session, maker: Maker): Promise<void> {
	if (maker === 'sony') return;
	if (maker === 'canon') return setCanonProperty(session, Property.CanonViewFinderOutput, 2);
	await session.ask({ operation: Operation.NikonStartLiveView });
	// it answers that it is busy until the mirror is up
	await session.ask({ operation: Operation.NikonDeviceReady });
}

export async function stopLiveView(session: Session, maker: Maker): Promise<void> {
	if (maker === 'sony') return;
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

const frames = {
	canon: { operation: Operation.CanonGetViewFinderData, parameters: [0x00200000, 0, 0] },
	nikon: { operation: Operation.NikonGetLiveViewImage },
	// always there, where the camera shows one
	sony: { operation: Operation.GetObject, parameters: [SONY_LIVE] }
};

/** @returns a JPEG; null: there is none yet */
export async function liveFrame(
	session: Session,
	maker: Maker
): Promise<Uint8Array<ArrayBuffer> | null> {
	const { data } = await session.ask({
		...frames[maker as keyof typeof frames],
		max: MAX_FRAME,
		accept: [CANON_NOT_READY, Response.AccessDenied, Response.InvalidObjectHandle]
	});
	return jpegIn(data);
}
