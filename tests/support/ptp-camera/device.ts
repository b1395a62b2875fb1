// A USB device that is a simulated camera: what a page reaches through navigator.usb.
import {
	ContainerType,
	HEADER_BYTES,
	readHeader,
	readParameters,
	writeContainer,
	writeDataHeader
} from '../../../shared/ptp/container.ts';
import { Response } from '../../../shared/ptp/codes.ts';
import { Brain, type BrainOptions } from './brain.ts';

const PACKET = 512;
const BULK_OUT = 1;
const BULK_IN = 2;
const INTERRUPT = 3;

/** What goes wrong. */
export interface Faults {
	/** bytes a second on the cable; absent: as fast as it can */
	bytesPerSecond?: number;
	/** milliseconds before each answer */
	latency?: number;
	/** this many answers are 'busy' first */
	busy?: number;
	/** this many transfers in stall first */
	stalls?: number;
	/** it takes commands and never answers */
	isSilent?: boolean;
	/** it answers with noise */
	isGarbage?: boolean;
	/** the cable falls out when so many more bytes were read */
	unplugAfter?: number;
	/** a header by itself, and the data after it */
	splitsHeader?: boolean;
	/** it does not close full packets with an empty one, and sends its response along */
	omitsEmptyPacket?: boolean;
}

type Listener = (event: { device: SimulatedDevice }) => void;

interface Phase {
	bytes: Uint8Array;
	at: number;
	needsEmpty: boolean;
}

const gone = () => new DOMException('The device was disconnected.', 'NotFoundError');

/** One plugging in: a replugged camera is another device to the browser. */
export class SimulatedDevice {
	opened = false;
	readonly vendorId = 0x04a9;
	readonly productId = 0x3218;
	readonly productName: string;
	readonly manufacturerName = 'Aura';
	readonly serialNumber: string;
	readonly deviceClass = 0;
	isPlugged = true;
	#out: Phase[] = [];
	#readers: { length: number; resolve(result: unknown): void; reject(error: unknown): void }[] = [];
	#events: Uint8Array[] = [];
	#listeners: { resolve(result: unknown): void; reject(error: unknown): void }[] = [];
	#command: { code: number; transaction: number; parameters: number[] } | null = null;
	#busyUntil = 0;
	#isServing = false;

	constructor(private readonly camera: SimulatedCamera) {
		this.productName = camera.brain.options.model ?? `Simulated ${camera.brain.options.persona}`;
		this.serialNumber = camera.brain.options.serial ?? `sim-${camera.brain.options.persona}`;
	}

	get configuration() {
		return this.configurations[0]!;
	}
	get configurations() {
		const endpoint = (endpointNumber: number, direction: string, type: string) => ({
			endpointNumber,
			direction,
			type,
			packetSize: PACKET
		});
		const alternate = {
			alternateSetting: 0,
			interfaceClass: 6,
			interfaceSubclass: 1,
			interfaceProtocol: 1,
			endpoints: [
				endpoint(BULK_OUT, 'out', 'bulk'),
				endpoint(BULK_IN, 'in', 'bulk'),
				endpoint(INTERRUPT, 'in', 'interrupt')
			]
		};
		return [
			{
				configurationValue: 1,
				interfaces: [
					{ interfaceNumber: 0, alternate, alternates: [alternate], claimed: this.opened }
				]
			}
		];
	}

	async open(): Promise<void> {
		if (!this.isPlugged) throw gone();
		if (this.camera.isTaken) throw new DOMException('Access denied.', 'SecurityError');
		this.opened = true;
	}
	async close(): Promise<void> {
		this.opened = false;
		this.camera.brain.isOpen = false;
		this.#drop(new DOMException('The transfer was cancelled.', 'AbortError'));
	}
	async reset(): Promise<void> {
		this.#drop(new DOMException('The transfer was cancelled.', 'AbortError'));
	}
	async selectConfiguration(): Promise<void> {}
	async claimInterface(): Promise<void> {
		if (this.camera.isTaken) throw new DOMException('Unable to claim interface.', 'NetworkError');
	}
	async releaseInterface(): Promise<void> {}
	async selectAlternateInterface(): Promise<void> {}
	async clearHalt(): Promise<void> {}
	async controlTransferIn() {
		return { status: 'ok', data: new DataView(new ArrayBuffer(4)) };
	}
	async controlTransferOut() {
		return { status: 'ok', bytesWritten: 0 };
	}

	#drop(error: unknown): void {
		for (const { reject } of this.#readers.splice(0)) reject(error);
		for (const { reject } of this.#listeners.splice(0)) reject(error);
		this.#out = [];
		this.#command = null;
	}

	/** The cable falls out. */
	unplug(): void {
		this.isPlugged = false;
		this.opened = false;
		this.#drop(gone());
	}

	async transferOut(_endpoint: number, data: BufferSource): Promise<unknown> {
		if (!this.isPlugged || !this.opened) throw gone();
		const bytes = ArrayBuffer.isView(data)
			? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
			: new Uint8Array(data);
		const header = readHeader(bytes);
		if (header.type === ContainerType.Command) {
			const { code, transaction } = header;
			this.#command = { code, transaction, parameters: readParameters(bytes, header) };
			if (!this.camera.takesData(code)) this.#reply(null);
		} else if (header.type === ContainerType.Data) this.#reply(bytes.slice(HEADER_BYTES));
		return { status: 'ok', bytesWritten: bytes.length };
	}

	#reply(sent: Uint8Array | null): void {
		const { faults, brain } = this.camera;
		const { code, transaction, parameters } = this.#command!;
		if (faults.isSilent) return;
		if (faults.isGarbage) {
			this.#queue(Uint8Array.from({ length: 37 }, (_, i) => (i * 97 + code) & 0xff));
			return;
		}
		const isBusy = (faults.busy ?? 0) > 0;
		if (isBusy) faults.busy!--;
		const reply = isBusy
			? { response: Response.DeviceBusy as number }
			: brain.answer(code, parameters, sent);
		const response = writeContainer(
			ContainerType.Response,
			reply.response,
			transaction,
			reply.parameters ?? []
		);
		if (!reply.data) return this.#queue(response);
		const header = writeDataHeader(code, transaction, reply.data.length);
		if (faults.splitsHeader) {
			this.#queue(header);
			this.#queue(reply.data);
			return this.#queue(response);
		}
		const isGlued = faults.omitsEmptyPacket && (HEADER_BYTES + reply.data.length) % PACKET === 0;
		const whole = new Uint8Array(
			HEADER_BYTES + reply.data.length + (isGlued ? response.length : 0)
		);
		whole.set(header);
		whole.set(reply.data, HEADER_BYTES);
		if (isGlued) whole.set(response, HEADER_BYTES + reply.data.length);
		this.#queue(whole);
		if (!isGlued) this.#queue(response);
	}

	#queue(bytes: Uint8Array): void {
		this.#out.push({ bytes, at: 0, needsEmpty: false });
		void this.#serve();
	}

	/** Gives waiting readers what was queued, at the cable's speed. */
	async #serve(): Promise<void> {
		if (this.#isServing) return;
		this.#isServing = true;
		const { faults } = this.camera;
		while (this.#out.length > 0 && this.#readers.length > 0) {
			const phase = this.#out[0]!;
			const reader = this.#readers.shift()!;
			if ((faults.stalls ?? 0) > 0) {
				faults.stalls!--;
				// a stalled transaction is over
				this.#out = [];
				reader.resolve({ status: 'stall', data: new DataView(new ArrayBuffer(0)) });
				continue;
			}
			const part = phase.bytes.subarray(phase.at, phase.at + reader.length);
			if (faults.unplugAfter !== undefined) {
				faults.unplugAfter -= part.length;
				if (faults.unplugAfter <= 0) {
					delete faults.unplugAfter;
					reader.reject(gone());
					this.camera.unplug();
					break;
				}
			}
			phase.at += part.length;
			const isFull = part.length === reader.length;
			const isDone = phase.at >= phase.bytes.length;
			if (
				isDone &&
				!(isFull && part.length % PACKET === 0 && part.length > 0 && !faults.omitsEmptyPacket)
			)
				this.#out.shift();
			await this.#travel(part.length, phase.at === part.length);
			const copy = part.slice();
			reader.resolve({ status: 'ok', data: new DataView(copy.buffer) });
		}
		this.#isServing = false;
	}

	/** Waits as long as the bytes need on the cable. */
	async #travel(bytes: number, isFirst: boolean): Promise<void> {
		const { bytesPerSecond, latency = 0 } = this.camera.faults;
		if (!bytesPerSecond && !latency) return;
		const now = performance.now();
		this.#busyUntil =
			Math.max(now, this.#busyUntil) +
			(isFirst ? latency : 0) +
			(bytesPerSecond ? (bytes / bytesPerSecond) * 1000 : 0);
		const rest = this.#busyUntil - now;
		if (rest >= 4) await new Promise((resolve) => setTimeout(resolve, rest));
	}

	transferIn(endpoint: number, length: number): Promise<unknown> {
		if (!this.isPlugged || !this.opened) return Promise.reject(gone());
		if (endpoint === INTERRUPT) {
			const event = this.#events.shift();
			if (event) return Promise.resolve({ status: 'ok', data: new DataView(event.slice().buffer) });
			return new Promise((resolve, reject) => void this.#listeners.push({ resolve, reject }));
		}
		return new Promise((resolve, reject) => {
			this.#readers.push({ length, resolve, reject });
			void this.#serve();
		});
	}

	/** An event on the interrupt endpoint. */
	tell(code: number, parameters: number[]): void {
		const bytes = writeContainer(ContainerType.Event, code, 0, parameters);
		const listener = this.#listeners.shift();
		if (listener) listener.resolve({ status: 'ok', data: new DataView(bytes.buffer) });
		else this.#events.push(bytes);
	}
}

const WITH_DATA = new Set([0x1016, 0x9110, 0x9205, 0x9207, 0x9403]);

/** A camera with its cable. */
export class SimulatedCamera {
	readonly brain: Brain;
	device: SimulatedDevice;
	/** another program holds it */
	isTaken = false;
	onPlug: ((device: SimulatedDevice, isIn: boolean) => void) | null = null;

	constructor(
		options: BrainOptions,
		readonly faults: Faults = {}
	) {
		this.brain = new Brain(options, (code, parameters) => this.device.tell(code, parameters));
		this.device = new SimulatedDevice(this);
	}

	takesData = (operation: number): boolean => WITH_DATA.has(operation);

	unplug(): void {
		const { device } = this;
		device.unplug();
		this.brain.restart();
		this.onPlug?.(device, false);
	}

	plugIn(): void {
		this.device = new SimulatedDevice(this);
		this.onPlug?.(this.device, true);
	}
}

/** A `navigator.usb` that has these cameras. */
export class SimulatedUsb {
	#listeners = new Map<string, Set<Listener>>();
	/** cameras that the person has allowed */
	#allowed = new Set<SimulatedCamera>();

	constructor(readonly cameras: SimulatedCamera[]) {
		for (const camera of cameras) this.add(camera);
	}

	add(camera: SimulatedCamera): void {
		if (!this.cameras.includes(camera)) this.cameras.push(camera);
		camera.onPlug = (device, isIn) => {
			for (const listener of this.#listeners.get(isIn ? 'connect' : 'disconnect') ?? [])
				if (this.#allowed.has(camera)) listener({ device });
		};
	}

	/** as if the person had allowed it on an earlier visit */
	allow(camera: SimulatedCamera): void {
		this.#allowed.add(camera);
	}

	/** as if the person had taken it back */
	disallow(camera: SimulatedCamera): void {
		this.#allowed.delete(camera);
	}

	async getDevices(): Promise<SimulatedDevice[]> {
		return this.cameras
			.filter((camera) => this.#allowed.has(camera) && camera.device.isPlugged)
			.map(({ device }) => device);
	}

	/** The first that is plugged in and not yet allowed, as if it were chosen in the browser's dialog. */
	async requestDevice(): Promise<SimulatedDevice> {
		const plugged = this.cameras.filter(({ device }) => device.isPlugged);
		const camera = plugged.find((each) => !this.#allowed.has(each)) ?? plugged[0];
		if (!camera) throw new DOMException('No device selected.', 'NotFoundError');
		this.#allowed.add(camera);
		return camera.device;
	}

	addEventListener(kind: string, listener: Listener): void {
		const listeners = this.#listeners.get(kind) ?? new Set();
		this.#listeners.set(kind, listeners.add(listener));
	}

	removeEventListener(kind: string, listener: Listener): void {
		this.#listeners.get(kind)?.delete(listener);
	}
}
