// How a Sony answers while it is remote-controlled: no cards, a buffer that gives one photo after the other, and all that it says
// of itself in one answer (as libgphoto2 reads it, and as Sony's Camera Control PTP reference has it, versions 2 and 3).
import { PtpReader, PtpWriter } from '../../../shared/ptp/bytes.ts';
import { DataType, Operation, Property, Response } from '../../../shared/ptp/codes.ts';
import type { CameraFile, Reply } from './brain.ts';

export const sonyOperations = [
	...[Operation.SonyConnect, Operation.SonyGetAbilities, Operation.SonySetProperty],
	...[Operation.SonyControl, Operation.SonyGetAllProperties]
];
const VERSION = { 2: 0x00c8, 3: 0x012c };
const BUFFER = 0xffffc001;
const LIVE = 0xffffc002;
const NOT_AUTHENTICATED = 0xa101;
const DOWN = 2;

interface SonySetting {
	type: number;
	value: number;
	values: number[];
	/** from here, at once; else like a dial, where there is a control of its number */
	isSettable: boolean;
}

const exposure: [code: number, type: number, values: number[]][] = [
	[Property.FNumber, DataType.Uint16, [280, 400, 560, 800]],
	[Property.SonyShutterSpeed, DataType.Uint32, [0x000f000a, 0x0001003c, 0x0001007d, 0x000101f4]],
	[Property.SonyIso, DataType.Uint32, [0xffffff, 100, 200, 400, 800]],
	[Property.ExposureBias, DataType.Int16, [-1000, 0, 300, 1000]]
];

export class Sony {
	#step = 0;
	#isHalfDown = false;
	/** the photo that was given last goes when the camera hears more: then it has arrived */
	#isGiven = false;
	readonly buffer: CameraFile[] = [];
	readonly settings = new Map<number, SonySetting>();
	/** asked so often it says nothing yet, after it was woken */
	silences = 1;
	battery = 64;

	constructor(
		private readonly version: 2 | 3,
		private readonly release: () => Reply,
		private readonly frame: () => Uint8Array | null
	) {
		const isSettable = version === 3;
		for (const [code, type, values] of exposure)
			this.settings.set(code, { type, values, value: values[2]!, isSettable });
		const balances = [2, 4, 0x8010, 0x8011];
		this.settings.set(Property.WhiteBalance, {
			...{ type: DataType.Uint16, values: balances, value: 4, isSettable: true }
		});
		this.settings.set(Property.SonySaveTo, {
			...{ type: DataType.Uint16, values: [0x01, 0x10, 0x11], value: 0x11, isSettable }
		});
		if (version === 3)
			this.settings.set(Property.SonyPositionKey, {
				...{ type: DataType.Uint8, values: [0, 1], value: 0, isSettable: true }
			});
	}

	restart(): void {
		this.#step = 0;
		this.#isGiven = this.#isHalfDown = false;
		this.silences = 1;
		const key = this.settings.get(Property.SonyPositionKey);
		if (key) key.value = 0;
	}

	/** @returns null: it is the standard's */
	answer(code: number, first: number, sent: Uint8Array | null): Reply | null {
		if (this.#isGiven) this.buffer.shift();
		this.#isGiven = false;
		const ok = (data?: Uint8Array): Reply => ({ response: Response.OK, ...(data ? { data } : {}) });
		if (code === Operation.CloseSession || code === Operation.GetDeviceInfo) return null;
		if (code === Operation.SonyConnect) {
			if (first !== this.#step + 1 && first !== 1) return { response: NOT_AUTHENTICATED };
			this.#step = first;
			return ok(new Uint8Array(8));
		}
		if (code === Operation.SonyGetAbilities) {
			if (this.#step < 2 || first > VERSION[this.version]) return { response: NOT_AUTHENTICATED };
			if (this.silences-- > 0) return ok(new Uint8Array());
			return ok(this.#abilities());
		}
		if (this.#step < 3) return { response: NOT_AUTHENTICATED };
		switch (code) {
			case Operation.SonyGetAllProperties:
				return ok(this.#all());
			case Operation.SonySetProperty:
				return this.#set(first, sent ?? new Uint8Array());
			case Operation.SonyControl:
				return this.#control(first, new PtpReader(sent ?? new Uint8Array()));
			case Operation.GetObject: {
				const frame = first === LIVE ? this.frame() : null;
				if (frame)
					return ok(
						Uint8Array.from([
							...new PtpWriter().uint32(16).uint32(frame.length).uint64(0).done(),
							...frame
						])
					);
				const [photo] = this.buffer;
				if (first !== BUFFER || !photo) return { response: Response.InvalidObjectHandle };
				this.#isGiven = true;
				return ok(photo.bytes);
			}
			case Operation.GetObjectInfo:
				// written by whoever knows the form of it
				return first === BUFFER && this.buffer.length > 0
					? null
					: { response: Response.InvalidObjectHandle };
			default:
				return { response: Response.OperationNotSupported };
		}
	}

	#abilities(): Uint8Array {
		const dials = this.version === 2 ? exposure.map(([code]) => code) : [];
		return new PtpWriter()
			.uint16(VERSION[this.version])
			.array([...this.settings.keys(), Property.SonyShootingFile, Property.SonyBattery], 2)
			.array([Property.SonyHalfRelease, Property.SonyRelease, ...dials], 2)
			.done();
	}

	#all(): Uint8Array {
		const facts: [number, number, number][] = [
			[Property.SonyBattery, DataType.Int8, this.battery],
			[Property.SonyFocus, DataType.Uint8, this.#isHalfDown ? 2 : 1],
			[
				...([Property.SonyShootingFile, DataType.Uint16] as const),
				this.buffer.length > 0 ? 0x8000 | this.buffer.length : 0
			]
		];
		const writer = new PtpWriter().uint64(this.settings.size + facts.length);
		const write = (type: number, value: number) =>
			type === DataType.Uint8 || type === DataType.Int8
				? writer.uint8(value)
				: type === DataType.Uint32
					? writer.uint32(value)
					: writer.uint16(value & 0xffff);
		for (const [code, type, value] of facts) {
			writer.uint16(code).uint16(type).uint8(0).uint8(2);
			write(type, 0);
			write(type, value);
			writer.uint8(0);
		}
		for (const [code, { type, value, values, isSettable }] of this.settings) {
			writer
				.uint16(code)
				.uint16(type)
				.uint8(isSettable ? 1 : 0)
				.uint8(1);
			write(type, values[0]!);
			write(type, value);
			writer.uint8(2);
			// the later version says what there is, and then what may be set now
			for (let lists = this.version - 1; lists > 0; lists--) {
				writer.uint16(values.length);
				values.forEach((each) => write(type, each));
			}
		}
		return writer.done();
	}

	#set(code: number, data: Uint8Array): Reply {
		const setting = this.settings.get(code);
		if (!setting?.isSettable) return { response: Response.AccessDenied };
		const value = this.#read(setting.type, new PtpReader(data));
		if (!setting.values.includes(value)) return { response: Response.InvalidParameter };
		const key = this.settings.get(Property.SonyPositionKey);
		// the dials count: it says yes, and does nothing
		if (key?.value === 0 && code !== Property.SonyPositionKey) return { response: Response.OK };
		setting.value = value;
		return { response: Response.OK };
	}

	#read(type: number, reader: PtpReader): number {
		const readers: Record<number, () => number> = {
			[DataType.Uint8]: reader.uint8,
			[DataType.Int16]: reader.int16,
			[DataType.Uint16]: reader.uint16
		};
		return (readers[type] ?? reader.uint32)();
	}

	#control(code: number, reader: PtpReader): Reply {
		if (code === Property.SonyHalfRelease) this.#isHalfDown = reader.uint16() === DOWN;
		else if (code === Property.SonyRelease) {
			if (reader.uint16() === DOWN && this.#isHalfDown) return this.release();
		} else {
			const setting = this.settings.get(code);
			if (!setting || this.version === 3) return { response: Response.OperationNotSupported };
			const { values, value } = setting;
			const to = values.indexOf(value) + reader.int8();
			setting.value = values[Math.max(0, Math.min(values.length - 1, to))]!;
		}
		return { response: Response.OK };
	}
}
