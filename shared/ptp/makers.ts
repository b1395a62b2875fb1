// What differs between makers: how photos announce themselves, how the shutter is released, where photos are kept.
import { EventCode, Operation, Property, Response, Vendor } from './codes.ts';
import { PtpReader, PtpWriter } from './bytes.ts';
import { setCanonProperty } from './canon.ts';
import { type DeviceInfo, readTime, writeTime } from './datasets.ts';
import { type CameraEvent, readCanonEvents, readNikonEvents } from './events.ts';
import type { Session } from './session.ts';
import { pollSony, releaseSony, setSonyDestination } from './sony.ts';

export type Maker = 'canon' | 'nikon' | 'sony' | 'other';

/** Canon's cameras of the EOS kind, Nikon's, and Sony's that are set to be controlled, by what they say they can do. */
export function makerOf({ vendor, maker, operations }: DeviceInfo): Maker {
	const isFrom = (id: number, name: RegExp) => vendor === id || name.test(maker);
	if (isFrom(Vendor.Canon, /canon/i) && operations.has(Operation.CanonGetEvent)) return 'canon';
	if (isFrom(Vendor.Nikon, /nikon/i) && operations.has(Operation.NikonCheckEvent)) return 'nikon';
	const isControlled =
		operations.has(Operation.SonyConnect) && operations.has(Operation.SonyGetAllProperties);
	return isFrom(Vendor.Sony, /sony/i) && isControlled ? 'sony' : 'other';
}

/** The operation that reads a part of an object (handle, offset, bytes); null: it has none. */
export function partialOf(info: DeviceInfo): number | null {
	const { operations } = info;
	// of its buffer there are no parts
	if (makerOf(info) === 'sony') return null;
	if (operations.has(Operation.CanonGetPartialObject)) return Operation.CanonGetPartialObject;
	return operations.has(Operation.GetPartialObject) ? Operation.GetPartialObject : null;
}

/** Makes a camera tell what happens on it. */
export async function startListening(session: Session, maker: Maker): Promise<void> {
	if (maker !== 'canon') return;
	await session.ask({ operation: Operation.CanonSetRemoteMode, parameters: [1] });
	await session.ask({ operation: Operation.CanonSetEventMode, parameters: [1] });
}

/**
 * Asks a camera for what happened since it was last asked.
 * @returns null: it says so by itself, or not at all
 */
export async function pollEvents(session: Session, maker: Maker): Promise<CameraEvent[] | null> {
	if (maker === 'other') return null;
	if (maker === 'sony') return pollSony(session);
	const operation = maker === 'canon' ? Operation.CanonGetEvent : Operation.NikonCheckEvent;
	const { data } = await session.ask({ operation });
	return maker === 'canon' ? readCanonEvents(data) : readNikonEvents(data);
}

/** Whether the shutter can be released from here. */
export function canRelease({ vendor, operations }: DeviceInfo, maker: Maker): boolean {
	// it does not list its own operations
	if (vendor === Vendor.Panasonic || maker === 'sony') return true;
	if (maker === 'canon')
		return (
			operations.has(Operation.CanonRemoteReleaseOn) || operations.has(Operation.CanonRemoteRelease)
		);
	return operations.has(Operation.InitiateCapture) || operations.has(Operation.NikonCapture);
}

/**
 * Releases the shutter; the photo announces itself.
 * @throws PtpError 'refused' where the camera cannot now: no focus, card full, mirror up
 */
export async function release(session: Session, info: DeviceInfo, maker: Maker): Promise<void> {
	if (maker === 'sony') return releaseSony(session);
	const ask = (operation: number, ...parameters: number[]) =>
		session.ask({ operation, parameters, isUrgent: true });
	if (maker === 'canon') {
		if (!info.operations.has(Operation.CanonRemoteReleaseOn))
			return void (await ask(Operation.CanonRemoteRelease));
		// 3: half and whole way down at once
		await ask(Operation.CanonRemoteReleaseOn, 3, 0);
		return void (await ask(Operation.CanonRemoteReleaseOff, 3));
	}
	if (maker === 'nikon' && info.operations.has(Operation.NikonCapture))
		return void (await ask(Operation.NikonCapture));
	// 'RecCtrlRelease'
	if (info.vendor === Vendor.Panasonic)
		return void (await ask(Operation.PanasonicInitiateCapture, 0x03000011));
	await ask(Operation.InitiateCapture, 0, 0);
}

/** Tells a Canon that a photo was read, so that it lets go of it where no card keeps it. */
export async function finished(session: Session, maker: Maker, handle: number): Promise<void> {
	if (maker !== 'canon') return;
	await session.ask({
		operation: Operation.CanonTransferComplete,
		parameters: [handle],
		accept: [Response.GeneralError, Response.InvalidObjectHandle, Response.OperationNotSupported]
	});
}

/** Canon's cameras fall asleep unless they hear something. */
export async function keepAwake(session: Session, { operations }: DeviceInfo): Promise<void> {
	if (operations.has(Operation.CanonKeepDeviceOn))
		await session.ask({ operation: Operation.CanonKeepDeviceOn });
}

export const destinations = ['card', 'computer', 'both'] as const;
/** Where a camera keeps what it takes. */
export type Destination = (typeof destinations)[number];

const canonDestination: Record<Destination, number> = { card: 2, computer: 4, both: 6 };
const nikonDestination: Record<Destination, number> = { card: 0, computer: 1, both: 2 };

/** Whether it can be said from here where photos are kept. */
export const canChooseDestination = ({ properties }: DeviceInfo, maker: Maker): boolean =>
	maker === 'canon' ||
	maker === 'sony' ||
	(maker === 'nikon' && properties.has(Property.NikonRecordingMedia));

/** Says where photos are kept. A Canon that has no card asks how much room the computer has. */
export async function setDestination(
	session: Session,
	maker: Maker,
	to: Destination
): Promise<void> {
	if (maker === 'sony') return setSonyDestination(session, to);
	if (maker === 'canon') {
		await setCanonProperty(session, Property.CanonCaptureDestination, canonDestination[to]);
		if (to !== 'card')
			await session.ask({
				operation: Operation.CanonHostCapacity,
				// free clusters, bytes of each, and that the disk was changed: half a terabyte
				parameters: [0x0fffffff, 0x800, 1],
				accept: [Response.OperationNotSupported]
			});
		return;
	}
	await session.ask({
		operation: Operation.SetDevicePropValue,
		parameters: [Property.NikonRecordingMedia],
		data: new PtpWriter().uint8(nikonDestination[to]).done()
	});
}

/** @returns the camera's clock without a zone, 2026-01-19T17:03:22; null: it does not say */
export async function clockOf(session: Session, info: DeviceInfo): Promise<string | null> {
	if (!info.properties.has(Property.DateTime)) return null;
	const { data } = await session.ask({
		operation: Operation.GetDevicePropValue,
		parameters: [Property.DateTime],
		accept: [Response.DevicePropNotSupported]
	});
	return data.length === 0 ? null : readTime(new PtpReader(data).string());
}

/** @param time 2026-01-19T17:03:22 */
export async function setClock(session: Session, time: string): Promise<void> {
	await session.ask({
		operation: Operation.SetDevicePropValue,
		parameters: [Property.DateTime],
		data: new PtpWriter().string(writeTime(time)).done()
	});
}

/** Percent; null: it does not say. */
export async function batteryOf(session: Session, info: DeviceInfo): Promise<number | null> {
	if (!info.properties.has(Property.BatteryLevel)) return null;
	const { data } = await session.ask({
		operation: Operation.GetDevicePropValue,
		parameters: [Property.BatteryLevel],
		accept: [Response.DevicePropNotSupported]
	});
	return data.length === 0 ? null : Math.min(100, data[0]!);
}

/** Whether photos announce themselves on the interrupt endpoint; where not, the list of handles is asked now and then. */
export const announces = ({ events }: DeviceInfo): boolean =>
	events.has(EventCode.ObjectAdded) || events.has(EventCode.PanasonicObjectAdded);
