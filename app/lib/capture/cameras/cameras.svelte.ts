// All cameras of this device: found, connected again by themselves, told apart.
import { wrap } from 'comlink';
import { sha256Hex } from '#shared/bytes.ts';
import type { CameraRow, ShotRow } from '../../device/database.ts';
import type { Studio } from '../../studio/studio.svelte.ts';
import { Camera } from './camera.svelte.ts';
import ReceiveWorkerUrl from './receive.worker.ts?worker';
import type { ReceiveWorker } from './receive.worker.ts';
import type { Destination } from './shots.ts';
import { STILL_IMAGE } from './usb.ts';

/** The last shot, as soon as anything of it can be seen. */
export interface Seen {
	shot: ShotRow;
	/** address of a small picture; null: there is none yet */
	thumb: string | null;
	/** SHA-256 of the file, once it is whole */
	sha256: string | null;
}

/** How many colours cameras have. */
export const COLOURS = 6;

const lockOf = (id: string) => `aura-camera-${id}`;

export class Cameras {
	all = $state.raw<Camera[]>([]);
	/** the shot that was noticed last */
	last = $state.raw<Seen | null>(null);
	/** why the last try to connect did not work */
	problem = $state<string | null>(null);
	#destination: Destination | null = null;
	/** lets another tab have a camera, by its id */
	#unlock = new Map<string, () => void>();
	#worker = new ReceiveWorkerUrl();
	#stops: (() => void)[] = [];
	#connected = new Map<USBDevice, Camera>();

	/** Whether this browser lets pages reach cameras. */
	static readonly isPossible = typeof navigator !== 'undefined' && 'usb' in navigator;

	constructor(private readonly studio: Studio) {
		if (!Cameras.isPossible) return;
		const plugged = ({ device }: USBConnectionEvent) => void this.#open(device);
		const gone = ({ device }: USBConnectionEvent) => this.#connected.get(device)?.left();
		navigator.usb.addEventListener('connect', plugged);
		navigator.usb.addEventListener('disconnect', gone);
		const leave = () => void this.destroy();
		window.addEventListener('pagehide', leave);
		this.#stops.push(() => {
			navigator.usb.removeEventListener('connect', plugged);
			navigator.usb.removeEventListener('disconnect', gone);
			window.removeEventListener('pagehide', leave);
		});
		// those that were allowed on an earlier visit
		void navigator.usb
			.getDevices()
			.then((devices) => devices.forEach((device) => void this.#open(device)));
	}

	/** Where the next shots go. */
	get destination(): Destination | null {
		return this.#destination;
	}
	set destination(to: Destination | null) {
		const isFirst = this.#destination === null;
		this.#destination = to;
		if (isFirst) this.wake();
	}

	/** Lets the person choose a camera. */
	async connect(): Promise<void> {
		this.problem = null;
		let device: USBDevice;
		try {
			device = await navigator.usb.requestDevice({ filters: [{ classCode: STILL_IMAGE }] });
		} catch (error) {
			// closing the dialog is an answer
			if ((error as DOMException).name !== 'NotFoundError') this.problem = (error as Error).message;
			return;
		}
		await this.#open(device);
	}

	/** @param twin goes up for bodies of one model that have no serial number to tell them apart */
	async #rowOf(device: USBDevice, twin: number): Promise<CameraRow> {
		const { database } = this.studio;
		const { vendorId, productId, serialNumber, productName } = device;
		const text = `${vendorId}/${productId}/${serialNumber ?? ''}${twin > 0 ? `/${twin}` : ''}`;
		const id = (await sha256Hex(new TextEncoder().encode(text))).slice(0, 32);
		const known = await database.cameras.get(id);
		if (known) return known;
		const colour = (await database.cameras.count()) % COLOURS;
		return { id, name: productName ?? 'Camera', colour, older: [], clock: null, seenAt: 0 };
	}

	async #open(device: USBDevice, twin = 0): Promise<void> {
		const row = await this.#rowOf(device, twin);
		const existing = this.all.find(({ id }) => id === row.id);
		if (existing?.isPluggedBeside(device)) return this.#open(device, twin + 1);
		if (existing)
			return existing.device === device && existing.phase !== 'failed'
				? undefined
				: this.#run(existing, device);
		// two tabs would take the camera from each other
		await navigator.locks.request(lockOf(row.id), { ifAvailable: true }, async (lock) => {
			if (!lock) {
				this.problem = `${row.name} is connected in another tab or window.`;
				return;
			}
			const camera = this.#add(row, device);
			this.#run(camera, device);
			// the lock stays with this tab as long as it shows the camera
			await new Promise<void>((resolve) => void this.#unlock.set(row.id, resolve));
		});
	}

	#add(row: CameraRow, device: USBDevice): Camera {
		const { studio } = this;
		const camera = new Camera(row, device, {
			person: studio.person,
			database: studio.database,
			importer: () => studio.intake.importer(),
			worker: wrap<ReceiveWorker>(this.#worker),
			destination: () => this.destination,
			isPaused: () => studio.intake.isPaused,
			onFull: () => studio.intake.stop('full'),
			onNoticed: (shot, thumb) => this.#noticed(shot, thumb),
			onReceived: (shot, sha256) => {
				if (this.last?.shot.id === shot.id) this.last = { ...this.last, sha256 };
				else if (!this.last || shot.noticedAt >= this.last.shot.noticedAt)
					this.last = { shot, thumb: null, sha256 };
			}
		});
		this.all = [...this.all, camera];
		return camera;
	}

	#run(camera: Camera, device: USBDevice): void {
		this.#connected.set(device, camera);
		void camera
			.run(device)
			.catch((error: unknown) => {
				camera.phase = 'failed';
				camera.problem = (error as Error).message;
				console.error(error);
			})
			.finally(() => this.#connected.delete(device));
	}

	#noticed(shot: ShotRow, thumb: Uint8Array<ArrayBuffer> | null): void {
		// the RAW of a pair is not looked at where its JPEG is
		if (shot.order === 1 && this.last && shot.noticedAt - this.last.shot.noticedAt < 1_500) return;
		if (this.last?.thumb) URL.revokeObjectURL(this.last.thumb);
		const address = thumb && URL.createObjectURL(new Blob([thumb], { type: 'image/jpeg' }));
		this.last = { shot, thumb: address, sha256: null };
	}

	/** Lets go of a camera; it can be connected again. */
	async forget(camera: Camera): Promise<void> {
		await camera.release();
		await camera.device.forget?.();
		this.all = this.all.filter((each) => each !== camera);
		this.#unlock.get(camera.id)?.();
		this.#unlock.delete(camera.id);
	}

	/** Reading may go on: there is room again, or the import was resumed. */
	wake(): void {
		for (const camera of this.all) camera.wake();
	}

	async destroy(): Promise<void> {
		for (const stop of this.#stops.splice(0)) stop();
		await Promise.all(this.all.map((camera) => camera.release()));
		for (const unlock of this.#unlock.values()) unlock();
		this.#worker.terminate();
	}
}
