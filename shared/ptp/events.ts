import { PtpReader } from './bytes.ts';
import { ContainerType, HEADER_BYTES, readHeader, readParameters } from './container.ts';
import { EventCode } from './codes.ts';
import type { SonyProperties } from './sony.ts';

/** What a camera says by itself. */
export type CameraEvent =
	/** a photo or folder that was not there before; whatever it says of itself is looked up */
	| { kind: 'added'; handle: number }
	| { kind: 'removed'; handle: number }
	/** a storage came, went or changed */
	| { kind: 'storage' }
	| { kind: 'full' }
	| { kind: 'property'; code: number; value: number | null }
	| { kind: 'available'; code: number; values: number[] }
	/** all that a Sony says of itself */
	| { kind: 'described'; properties: SonyProperties }
	/** it is about to switch itself off */
	| { kind: 'sleepy' }
	| { kind: 'complete' };

function plain(code: number, first: number): CameraEvent | null {
	switch (code) {
		case EventCode.ObjectAdded:
		case EventCode.PanasonicObjectAdded:
		case EventCode.SonyObjectAdded:
			return { kind: 'added', handle: first };
		case EventCode.ObjectRemoved:
			return { kind: 'removed', handle: first };
		case EventCode.StoreAdded:
		case EventCode.StoreRemoved:
			return { kind: 'storage' };
		case EventCode.StoreFull:
			return { kind: 'full' };
		case EventCode.DevicePropChanged:
			return { kind: 'property', code: first, value: null };
		case EventCode.CaptureComplete:
			return { kind: 'complete' };
		default:
			return null;
	}
}

/** An event of the interrupt endpoint. @returns null for one that means nothing to us, and for garbage */
export function readEvent(bytes: Uint8Array): CameraEvent | null {
	if (bytes.length < HEADER_BYTES) return null;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	if (view.getUint16(4, true) !== ContainerType.Event) return null;
	const header = readHeader(bytes);
	return plain(header.code, readParameters(bytes, header)[0] ?? 0);
}

/** Nikon's answer to CheckEvent: how many, then six bytes each (layout as in libgphoto2, ptp_unpack_Nikon_EC). */
export function readNikonEvents(bytes: Uint8Array): CameraEvent[] {
	if (bytes.length < 2) return [];
	const reader = new PtpReader(bytes);
	const length = reader.uint16();
	const events: CameraEvent[] = [];
	for (let i = 0; i < length && reader.left >= 6; i++) {
		const code = reader.uint16();
		const first = reader.uint32();
		// a photo that lies in its memory alone, because it saves to no card
		const isInMemory = code === EventCode.NikonObjectAddedInMemory;
		const event = plain(isInMemory ? EventCode.ObjectAdded : code, first);
		if (event) events.push(event);
	}
	return events;
}

/** A list that claims more values than this is garbage. */
const MAX_VALUES = 1024;

function canonRecord(type: number, record: PtpReader): CameraEvent | null {
	switch (type) {
		case EventCode.CanonObjectAdded:
		case EventCode.CanonObjectAdded64:
		case EventCode.CanonRequestTransfer:
			return { kind: 'added', handle: record.uint32() };
		case EventCode.CanonPropertyChanged: {
			const code = record.uint32();
			return { kind: 'property', code, value: record.left >= 4 ? record.uint32() : null };
		}
		case EventCode.CanonAvailableChanged: {
			const code = record.uint32();
			record.skip(4);
			const length = Math.min(record.uint32(), MAX_VALUES);
			const values: number[] = [];
			while (values.length < length && record.left >= 4) values.push(record.uint32());
			return { kind: 'available', code, values };
		}
		case EventCode.CanonWillSoonShutDown:
			return { kind: 'sleepy' };
		default:
			return plain(type, record.left >= 4 ? record.uint32() : 0);
	}
}

/**
 * Canon's answer to GetEvent: records of size, type and what belongs to it, closed by one of size 8 and type 0
 * (layout as in libgphoto2, ptp_unpack_EOS_events). A record that is too short is left out, and so is all that follows
 * one whose size cannot be.
 */
export function readCanonEvents(bytes: Uint8Array): CameraEvent[] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const events: CameraEvent[] = [];
	for (let at = 0; at + 8 <= bytes.length;) {
		const size = view.getUint32(at, true);
		const type = view.getUint32(at + 4, true);
		if (size < 8 || at + size > bytes.length || (size === 8 && type === 0)) break;
		try {
			const event = canonRecord(type, new PtpReader(bytes.subarray(at + 8, at + size)));
			if (event) events.push(event);
		} catch {
			// this record says less than its kind promises; the next begins where its size ends
		}
		at += size;
	}
	return events;
}
