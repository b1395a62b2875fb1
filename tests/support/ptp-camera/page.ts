// Runs in a page, before its own code: cameras that are not there. `window.cameras` is what tests and the demo hold them by.
import { openEndpoints } from '../../../app/lib/capture/cameras/usb.ts';
import { Operation } from '../../../shared/ptp/codes.ts';
import { download, infoOf } from '../../../shared/ptp/objects.ts';
import { begin, openSession } from '../../../shared/ptp/session.ts';
import type { BrainOptions, CameraFile } from './brain.ts';
import { type Faults, SimulatedCamera, SimulatedUsb } from './device.ts';
import { stamped } from './photos.ts';

interface Plugged extends Partial<Omit<BrainOptions, 'shoot'>> {
	faults?: Faults;
	/** photos that lie on its card already: as if it had taken them before */
	card?: number;
	/** whether the person allowed it on an earlier visit */
	isAllowed?: boolean;
	/** makes a RAW file beside each JPEG, or in its place */
	withRaw?: boolean | 'alone';
	/** bytes of each photo, at least */
	bytes?: number;
}

export interface Cameras {
	usb: SimulatedUsb;
	all: SimulatedCamera[];
	/** Plugs a camera in. @returns its place in `all` */
	plug(options: Plugged): number;
	/** What it takes next, made before: the shutter waits for nothing. */
	prepare(index: number, shots: number, bytes: number): void;
	/** Reads a file as the application does, and keeps nothing. @returns bytes */
	read(index: number, handle: number): Promise<number>;
	/** what a camera holds: name and bytes of each file, as a test compares them */
	hashes(index: number): Promise<Record<string, string>>;
}

const second = (shot: number) =>
	new Date(Date.UTC(2026, 0, 19, 10, 0, shot)).toISOString().slice(0, 19);
const nameOf = (shot: number, extension: string) =>
	`IMG_${String(shot).padStart(4, '0')}.${extension}`;

/** @param pictures JPEGs that the cameras take, one after the other */
export function installCameras(pictures: Uint8Array[]): Cameras {
	const usb = new SimulatedUsb([]);
	const cameras: Cameras = {
		usb,
		all: usb.cameras,
		plug({ faults = {}, card = 0, isAllowed, withRaw, bytes = 0, ...options }) {
			const seed = usb.cameras.length * 100_000;
			const shoot = (shot: number): CameraFile[] => {
				const takenAt = second(shot);
				const picture = pictures[(shot - 1) % pictures.length]!;
				const jpeg = stamped(picture, seed + shot, takenAt, bytes);
				// no JPEG of another camera is called so
				const number = withRaw === 'alone' ? 7_000 + shot : shot;
				return [
					...(withRaw
						? [{ name: nameOf(number, 'CR2'), bytes: rawAround(jpeg), takenAt, format: 0x3000 }]
						: []),
					...(withRaw === 'alone' ? [] : [{ name: nameOf(shot, 'JPG'), bytes: jpeg, takenAt }])
				];
			};
			const camera = new SimulatedCamera({ persona: 'generic', ...options, shoot }, faults);
			usb.add(camera);
			if (isAllowed) usb.allow(camera);
			for (let i = 0; i < card; i++) camera.brain.press();
			camera.brain.liveFrame = pictures[0]!;
			return usb.cameras.length - 1;
		},
		prepare(index, shots, bytes) {
			const { options } = usb.cameras[index]!.brain;
			const files = Array.from({ length: shots }, (_, i) => {
				const jpeg = stamped(pictures[i % pictures.length]!, 9_000 + i, second(i), bytes);
				return { name: nameOf(i, 'JPG'), bytes: jpeg, takenAt: second(i) };
			});
			options.shoot = () => files.splice(0, 1);
		},
		async read(index, handle) {
			const endpoints = await openEndpoints(usb.cameras[index]!.device as unknown as USBDevice);
			const session = openSession(endpoints, {
				after(ms, then) {
					const id = setTimeout(then, ms);
					return () => clearTimeout(id);
				}
			});
			await begin(session);
			const { size } = await infoOf(session, handle);
			const partial = Operation.GetPartialObject;
			const write = () => Promise.resolve();
			const read = await download(session, { handle, size, partial, from: 0, max: 2 ** 31, write });
			await endpoints.close();
			return read;
		},
		async hashes(index) {
			const found: Record<string, string> = {};
			for (const { name, bytes } of usb.cameras[index]!.brain.files.values()) {
				const digest = await crypto.subtle.digest('SHA-256', bytes.slice());
				found[name] = Array.from(new Uint8Array(digest), (byte) =>
					byte.toString(16).padStart(2, '0')
				).join('');
			}
			return found;
		}
	};
	Object.defineProperty(navigator, 'usb', { value: usb, configurable: true });
	return cameras;
}

/** The beginning of a TIFF-like RAW with a JPEG in it, which is how they carry their preview. */
function rawAround(jpeg: Uint8Array): Uint8Array {
	const head = [0x49, 0x49, 0x2a, 0, 0x10, 0, 0, 0, 0x43, 0x52, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
	return Uint8Array.from([...head, ...jpeg]);
}
