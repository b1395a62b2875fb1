// What can be turned on a camera from here: the standard's own settings, Canon's, and those that tethr knows.
import { Vendor } from '#shared/ptp/codes.ts';
import type { DeviceInfo } from '#shared/ptp/datasets.ts';
import type { CameraEvent } from '#shared/ptp/events.ts';
import type { Maker } from '#shared/ptp/makers.ts';
import { hasLiveView, liveFrame, startLiveView, stopLiveView } from '#shared/ptp/live-view.ts';
import type { Session } from '#shared/ptp/session.ts';
import { applySony, beginSony, sonyProperties, sonySettings } from '#shared/ptp/sony.ts';
import {
	type Setting,
	type Settings,
	applySetting,
	readSettings,
	withCanonEvent
} from '#shared/ptp/settings.ts';

/** Live view as a camera gives it: JPEG after JPEG, or a stream. */
export type LiveView =
	| { kind: 'frames'; next(): Promise<Uint8Array<ArrayBuffer> | null>; stop(): Promise<void> }
	| { kind: 'stream'; stream: MediaStream; stop(): Promise<void> };

export interface Controls {
	read(): Promise<Settings>;
	apply(setting: Setting, raw: number): Promise<void>;
	/** null: it has none that can be reached */
	startLive: (() => Promise<LiveView>) | null;
	/** what an event says of the settings; the same object: nothing */
	heard(settings: Settings, event: CameraEvent): Settings;
}

export function standardControls(session: Session, info: DeviceInfo, maker: Maker): Controls {
	return {
		read: () => (maker === 'canon' ? Promise.resolve({}) : readSettings(session, info)),
		apply: (setting, raw) => applySetting(session, setting, raw),
		startLive: hasLiveView(info, maker)
			? async () => {
					await startLiveView(session, maker);
					return {
						kind: 'frames',
						next: () => liveFrame(session, maker),
						stop: () => stopLiveView(session, maker)
					};
				}
			: null,
		heard: (settings, event) => (maker === 'canon' ? withCanonEvent(settings, event) : settings)
	};
}

/** Sony's, once it lets itself be controlled: it says all of itself each time it is asked. */
async function sonyControls(session: Session, info: DeviceInfo): Promise<Controls> {
	const turned = await beginSony(session);
	return {
		...standardControls(session, info, 'sony'),
		read: async () => sonySettings(await sonyProperties(session), turned),
		apply: (setting, raw) => applySony(session, setting, raw),
		heard(settings, event) {
			if (event.kind !== 'described') return settings;
			const now = sonySettings(event.properties, turned);
			return JSON.stringify(now) === JSON.stringify(settings) ? settings : now;
		}
	};
}

/** Cameras that tethr knows better than the standard does: Sigma, Panasonic, Ricoh Theta. */
export const isForTethr = ({ vendor, vendorText, model }: DeviceInfo): boolean =>
	vendor === Vendor.Panasonic || (vendor === 6 && (vendorText === 'SIGMA' || /theta/i.test(model)));

export async function controlsOf(
	session: Session,
	info: DeviceInfo,
	maker: Maker
): Promise<Controls> {
	if (maker === 'sony') return sonyControls(session, info);
	const standard = standardControls(session, info, maker);
	if (!isForTethr(info)) return standard;
	const { tethrControls } = await import('./tethr.ts');
	return (await tethrControls(session, info)) ?? standard;
}
