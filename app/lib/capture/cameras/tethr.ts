// The one place that knows tethr: settings and live view of the makers that it knows, over our own session.
// tethr's own transport reads 10 MB at most, gives up after ten seconds and loses step after that (docs/decisions/028).
import { getVendorSpecificPTPUSBClass } from 'tethr/lib/TethrPTPUSB/getVendorSpecificPTPUSB.js';
import type { Tethr } from 'tethr/lib/Tethr.js';
import { DataType, Property } from '#shared/ptp/codes.ts';
import type { DeviceInfo } from '#shared/ptp/datasets.ts';
import { type ExposureName, exposureNames } from '#shared/ptp/exposure.ts';
import type { Session } from '#shared/ptp/session.ts';
import type { Setting, Settings } from '#shared/ptp/settings.ts';
import type { Controls } from './controls.ts';

interface Command {
	opcode: number;
	parameters?: number[];
	expectedResCodes?: number[];
	data?: ArrayBuffer;
	maxByteLength?: number;
}
type Listener = (event?: unknown) => unknown;

/** Between frames of live view, milliseconds: fifteen a second, and room for photos on the cable. */
const FRAME_MS = 66;

/** Speaks as tethr's PTPDevice does, and carries out on a session. */
class SessionDevice {
	readonly usb = {};
	readonly opened = true;
	#listeners = new Map<string, Set<Listener>>();
	#isPumping = false;

	constructor(private readonly session: Session) {}

	open = async () => undefined;
	close = async () => undefined;
	setLog = () => undefined;
	on(name: string, listener: Listener) {
		this.#listeners.set(name, (this.#listeners.get(name) ?? new Set()).add(listener));
		if (name === 'idle') void this.#pump();
	}
	off(name: string, listener: Listener) {
		this.#listeners.get(name)?.delete(listener);
	}
	emit(name: string, event?: unknown) {
		for (const listener of this.#listeners.get(name) ?? []) listener(event);
	}
	/** Live view asks for its next frame whenever the camera has nothing else to do. */
	async #pump() {
		if (this.#isPumping) return;
		this.#isPumping = true;
		const listening = () => [...(this.#listeners.get('idle') ?? [])];
		while (listening().length > 0 && this.session.failure === null) {
			await this.session.idle();
			// a frame that did not come is no reason to stop
			for (const listener of listening()) await Promise.resolve(listener()).catch(() => undefined);
			await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
		}
		this.#isPumping = false;
	}
	/** 0x4006 is heard as 'ptpevent:0x4006' */
	onEventCode = (code: number, listener: Listener) => this.on(`ptpevent:${code}`, listener);
	offEventCode = (code: number, listener: Listener) => this.off(`ptpevent:${code}`, listener);
	waitEvent = (code: number) =>
		new Promise((resolve) => {
			const once: Listener = (event) => {
				this.off(`ptpevent:${code}`, once);
				resolve(event);
			};
			this.on(`ptpevent:${code}`, once);
		});

	#ask = async ({ opcode, parameters = [], expectedResCodes, data, maxByteLength }: Command) => {
		const answer = await this.session.ask({
			operation: opcode,
			parameters,
			...(expectedResCodes ? { accept: expectedResCodes } : {}),
			...(data ? { data: new Uint8Array(data) } : {}),
			...(maxByteLength ? { max: maxByteLength } : {})
		});
		const { response, parameters: given, data: got } = answer;
		return { resCode: response, parameters: given, data: got.buffer };
	};
	sendCommand = this.#ask;
	sendData = this.#ask;
	receiveData = this.#ask;
}

const names: Record<
	ExposureName,
	'aperture' | 'shutterSpeed' | 'iso' | 'exposureComp' | 'whiteBalance'
> = {
	aperture: 'aperture',
	shutter: 'shutterSpeed',
	iso: 'iso',
	compensation: 'exposureComp',
	whiteBalance: 'whiteBalance'
};

function textOf(name: ExposureName, value: unknown): string {
	const text = String(value);
	if (name === 'aperture' && typeof value === 'number') return `f/${value}`;
	if (name === 'shutter' && /^[\d.]+$/.test(text)) return `${text}″`;
	return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What a setting may be, in tethr's own words; our raw numbers are places in it. */
async function readOne(camera: Tethr, name: ExposureName): Promise<[Setting, unknown[]] | null> {
	const description = await camera.getDesc(names[name]);
	if (description.value === null) return null;
	const { option } = description;
	const values: unknown[] = option?.type === 'enum' ? [...option.values] : [];
	const text = (value: unknown) => textOf(name, value);
	return [
		{
			name,
			value: { raw: values.indexOf(description.value), text: text(description.value) },
			choices: description.writable ? values.map((value, raw) => ({ raw, text: text(value) })) : [],
			type: null
		},
		values
	];
}

/** What tethr's Theta does not say of itself. */
interface Theta {
	/** by the camera's numbers; other cameras have none */
	WhiteBalanceTable?: { get(raw: number): string | undefined };
	getDevicePropDesc(asked: {
		devicePropCode: number;
		datatypeCode: number;
		decode(raw: number): string | null;
	}): Promise<unknown>;
	getWhiteBalanceDesc(): Promise<unknown>;
}

/** tethr 0.6 asks a Theta for its exposure programme where it wants to know the white balance. */
function mendTheta(camera: unknown): void {
	const theta = camera as Theta;
	const names = theta.WhiteBalanceTable;
	if (!names) return;
	theta.getWhiteBalanceDesc = () =>
		theta.getDevicePropDesc({
			devicePropCode: Property.WhiteBalance,
			datatypeCode: DataType.Uint16,
			decode: (raw) => names.get(raw) ?? null
		});
}

/** @returns null: tethr does not know this camera */
export async function tethrControls(session: Session, info: DeviceInfo): Promise<Controls | null> {
	const Known = getVendorSpecificPTPUSBClass({
		vendorExtensionID: info.vendor,
		vendorExtensionDesc: info.vendorText,
		model: info.model
	} as never);
	if (!Known) return null;
	const camera: Tethr = new Known(new SessionDevice(session) as never);
	mendTheta(camera);
	await camera.open();
	const values = new Map<ExposureName, unknown[]>();
	const canLive = await camera.get('canStartLiveview');
	return {
		async read() {
			const settings: Settings = {};
			for (const name of exposureNames) {
				const found = await readOne(camera, name).catch(() => null);
				if (!found) continue;
				settings[name] = found[0];
				values.set(name, found[1]);
			}
			return settings;
		},
		async apply({ name }, raw) {
			const { status, message } = await camera.set(names[name], values.get(name)?.[raw] as never);
			if (status !== 'ok') throw new Error(message ?? `The camera says: ${status}.`);
		},
		startLive: canLive
			? async () => {
					const started = await camera.startLiveview();
					if (started.status !== 'ok') throw new Error('Live view did not start.');
					return {
						kind: 'stream',
						stream: started.value,
						stop: async () => void (await camera.stopLiveview())
					};
				}
			: null,
		heard: (settings) => settings
	};
}
