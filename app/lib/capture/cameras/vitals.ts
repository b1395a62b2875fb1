// Battery, room and clock of a camera.
import { Operation } from '#shared/ptp/codes.ts';
import { type DeviceInfo, readStorageInfo } from '#shared/ptp/datasets.ts';
import { type Maker, batteryOf, clockOf } from '#shared/ptp/makers.ts';
import { storagesOf } from '#shared/ptp/objects.ts';
import type { Session } from '#shared/ptp/session.ts';
import { sonyBattery, sonyProperties } from '#shared/ptp/sony.ts';

export interface Vitals {
	/** percent; null: it does not say */
	battery: number | null;
	/** what its clock shows, which knows no zone; null: it does not say */
	clock: string | null;
	/** its clock against this device's, seconds */
	clockOffset: number | null;
	/** bytes that are free on its cards */
	free: number | null;
	freeImages: number | null;
}

/** The true time in the form of a camera's clock: what a wall clock here shows. */
export const wallClock = (at: number): string =>
	new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);

/** @throws PtpError */
export async function vitalsOf(session: Session, info: DeviceInfo, maker: Maker): Promise<Vitals> {
	// of its clock and cards it says nothing while it is controlled
	if (maker === 'sony')
		return {
			battery: sonyBattery(await sonyProperties(session)),
			...{ clock: null, clockOffset: null, free: null, freeImages: null }
		};
	const battery = await batteryOf(session, info);
	const clock = await clockOf(session, info);
	const now = Date.parse(`${wallClock(Date.now())}Z`);
	const vitals: Vitals = {
		battery,
		clock,
		clockOffset: clock === null ? null : Math.round((Date.parse(`${clock}Z`) - now) / 1000),
		free: null,
		freeImages: null
	};
	for (const id of await storagesOf(session)) {
		const { data } = await session.ask({ operation: Operation.GetStorageInfo, parameters: [id] });
		const { free, freeImages } = readStorageInfo(data);
		if (free !== null) vitals.free = (vitals.free ?? 0) + free;
		if (freeImages !== null) vitals.freeImages = (vitals.freeImages ?? 0) + freeImages;
	}
	return vitals;
}
