// What a simulated camera knows and answers: the Picture Transfer Protocol as generic, Canon-like and Nikon-like bodies speak it.
import { PtpReader, PtpWriter } from '../../../shared/ptp/bytes.ts';
import {
	ALL,
	DataType,
	EventCode,
	Format,
	Operation,
	Property,
	Response,
	Vendor
} from '../../../shared/ptp/codes.ts';
import { writeTime } from '../../../shared/ptp/datasets.ts';
import { Panasonic, panasonicOperations } from './panasonic.ts';
import { Sony, sonyOperations } from './sony.ts';

export type Persona =
	'generic' | 'canon' | 'nikon' | 'silent-events' | 'theta' | 'panasonic' | 'sony';

export interface CameraFile {
	name: string;
	bytes: Uint8Array;
	/** what it says of its size, where that is not the truth */
	claims?: number;
	/** the camera's clock */
	takenAt?: string;
	format?: number;
	isFolder?: boolean;
}

export interface BrainOptions {
	persona: Persona;
	model?: string;
	serial?: string;
	/** of a Sony: which version of its extension it speaks */
	version?: 2 | 3;
	/** a camera that cannot read parts of a file */
	hasNoPartial?: boolean;
	/** its clock against the true one, seconds */
	clockOffset?: number;
	/** makes what the shutter takes */
	shoot(shot: number): CameraFile[];
}

export interface Reply {
	response: number;
	data?: Uint8Array;
	parameters?: number[];
}

interface Stored extends CameraFile {
	handle: number;
}

const STORAGE = 0x00010001;
const DCIM = 0x10000001;
const FIRST = 0x20000001;

const operations: Record<Persona, number[]> = {
	generic: [Operation.InitiateCapture],
	theta: [Operation.InitiateCapture],
	panasonic: panasonicOperations,
	sony: sonyOperations,
	'silent-events': [Operation.InitiateCapture],
	canon: [
		Operation.CanonGetEvent,
		Operation.CanonSetRemoteMode,
		Operation.CanonSetEventMode,
		Operation.CanonSetProperty,
		Operation.CanonRemoteReleaseOn,
		Operation.CanonRemoteReleaseOff,
		Operation.CanonGetPartialObject,
		Operation.CanonTransferComplete,
		Operation.CanonHostCapacity,
		Operation.CanonKeepDeviceOn,
		Operation.CanonGetViewFinderData
	],
	nikon: [
		Operation.NikonCheckEvent,
		Operation.NikonCapture,
		Operation.NikonDeviceReady,
		Operation.NikonStartLiveView,
		Operation.NikonEndLiveView,
		Operation.NikonGetLiveViewImage
	]
};
const standard = [
	Operation.GetDeviceInfo,
	Operation.OpenSession,
	Operation.CloseSession,
	Operation.GetStorageIDs,
	Operation.GetStorageInfo,
	Operation.GetObjectHandles,
	Operation.GetObjectInfo,
	Operation.GetObject,
	Operation.GetThumb,
	Operation.GetDevicePropDesc,
	Operation.GetDevicePropValue,
	Operation.SetDevicePropValue
];

/** Settings of the standard: data type and what may be chosen. */
const settings: Record<number, { type: number; values: number[] }> = {
	[Property.FNumber]: { type: DataType.Uint16, values: [280, 400, 560, 800, 1100] },
	[Property.ExposureTime]: { type: DataType.Uint32, values: [10, 20, 40, 50, 80, 10_000] },
	[Property.ExposureIndex]: { type: DataType.Uint16, values: [100, 200, 400, 800, 1600] },
	[Property.WhiteBalance]: { type: DataType.Uint16, values: [2, 4, 5, 6] }
};
/** A fraction of a second as Ricoh writes it (api.ricoh/docs/theta-usb-api, property d00f). */
const fraction = (denominator: number) => denominator * 2 ** 32 + 1;
/** Settings of a Ricoh Theta: the standard's, more of them, and shutter speeds of its own. */
const thetaSettings: typeof settings = {
	[Property.FNumber]: { type: DataType.Uint16, values: [200, 210] },
	[Property.ExposureIndex]: settings[Property.ExposureIndex]!,
	[Property.ExposureBias]: { type: DataType.Int16, values: [-1000, 0, 300, 1000] },
	[Property.WhiteBalance]: { type: DataType.Uint16, values: [2, 0x8001, 4, 0x8002] },
	// exposure programmes: manual, automatic, shutter and ISO priority
	0x500e: { type: DataType.Uint16, values: [1, 2, 4, 0x8003] },
	0xd00f: { type: DataType.Uint64, values: [60, 125, 250, 500].map(fraction) }
};
const canonSettings: Record<number, number[]> = {
	[Property.CanonAperture]: [0x20, 0x28, 0x30, 0x38],
	[Property.CanonShutterSpeed]: [0x60, 0x68, 0x70, 0x78],
	[Property.CanonIso]: [0x48, 0x50, 0x58, 0x60],
	[Property.CanonWhiteBalance]: [0, 1, 2, 3]
};

const vendors: Partial<Record<Persona, number>> = {
	canon: Vendor.Canon,
	nikon: Vendor.Nikon,
	panasonic: Vendor.Panasonic,
	sony: Vendor.Sony
};

const pad = (bytes: number[]) => [...bytes, ...new Array((4 - (bytes.length % 4)) % 4).fill(0)];
const int = (value: number) => new PtpWriter().uint32(value).done();

export class Brain {
	/** photos on the card, by handle */
	files = new Map<number, Stored>();
	isOpen = false;
	/** settings as they stand */
	values = new Map<number, number>();
	clockOffset: number;
	battery = 80;
	isFull = false;
	isLive = false;
	liveFrame: Uint8Array | null = null;
	/** what it will say when it is asked for events */
	#events: { code: number; handle: number }[] = [];
	#hasToldCanonSettings = false;
	readonly panasonic: Panasonic;
	readonly sony: Sony;
	#next = FIRST;
	#shots = 0;

	constructor(
		readonly options: BrainOptions,
		/** says something on the interrupt endpoint */
		private readonly say: (code: number, parameters: number[]) => void
	) {
		this.clockOffset = options.clockOffset ?? 0;
		this.panasonic = new Panasonic(
			() => this.#release(),
			() => this.liveFrame
		);
		this.sony = new Sony(
			options.version ?? 3,
			() => this.#release(),
			() => this.liveFrame
		);
		for (const [property, { values }] of Object.entries(this.#settings))
			this.values.set(Number(property), values[1]!);
		for (const [property, values] of Object.entries(canonSettings))
			this.values.set(Number(property), values[1]!);
	}

	get #settings(): typeof settings {
		const { persona } = this.options;
		// these have none of the standard's
		return persona === 'theta'
			? thetaSettings
			: ['panasonic', 'sony'].includes(persona)
				? {}
				: settings;
	}

	/** A new life: it was unplugged or switched off. Files and settings stay. */
	restart(): void {
		this.isOpen = false;
		this.#events = [];
		this.#hasToldCanonSettings = false;
		this.isLive = false;
		this.panasonic.restart();
		this.sony.restart();
	}

	/** Puts a file on the card without a word. */
	put(file: CameraFile): number {
		const handle = this.#next++;
		this.files.set(handle, { ...file, handle });
		return handle;
	}

	/** Somebody formats the card: numbers begin again. */
	format(): void {
		this.files.clear();
		this.#next = FIRST;
	}

	/** Somebody presses the shutter of the body. @returns handles of what it took */
	press(): number[] {
		const files = this.options.shoot(++this.#shots);
		if (this.options.persona === 'sony') this.sony.buffer.push(...files);
		const handles = files.map((file) => this.put(file));
		for (const handle of handles) this.announce(handle);
		return handles;
	}

	announce(handle: number): void {
		const { persona } = this.options;
		if (!this.isOpen || persona === 'silent-events') return;
		if (persona === 'generic') this.say(EventCode.ObjectAdded, [handle]);
		else if (persona === 'panasonic') this.say(EventCode.PanasonicObjectAdded, [handle]);
		else if (persona === 'sony') this.say(EventCode.SonyObjectAdded, [0xffffc001]);
		else this.#events.push({ code: EventCode.ObjectAdded, handle });
	}

	now(): string {
		return new Date(Date.now() + this.clockOffset * 1000).toISOString().slice(0, 19);
	}

	#deviceInfo(): Uint8Array {
		const { persona, model, serial, hasNoPartial } = this.options;
		const maker = { canon: 'Canon Inc.', nikon: 'Nikon Corporation', sony: 'Sony Corporation' }[
			persona as string
		];
		const supported = [...standard, ...operations[persona]].filter(
			(code) => !hasNoPartial || code !== Operation.CanonGetPartialObject
		);
		if (!hasNoPartial && persona !== 'canon') supported.push(Operation.GetPartialObject);
		const properties = [Property.BatteryLevel, Property.DateTime];
		if (persona !== 'canon') properties.push(...(Object.keys(this.#settings).map(Number) as []));
		if (persona === 'nikon') properties.push(Property.NikonRecordingMedia as never);
		return new PtpWriter()
			.uint16(100)
			.uint32(vendors[persona] ?? Vendor.Microsoft)
			.uint16(100)
			.string('')
			.uint16(0)
			.array(supported, 2)
			.array(
				persona === 'silent-events'
					? []
					: [persona === 'panasonic' ? EventCode.PanasonicObjectAdded : EventCode.ObjectAdded],
				2
			)
			.array(properties, 2)
			.array([Format.Jpeg], 2)
			.array([Format.Jpeg], 2)
			.string(maker ?? 'Aura')
			.string(model ?? `Simulated ${persona}`)
			.string('1.0')
			.string(serial ?? `sim-${persona}`)
			.done();
	}

	#objectInfo(file: Stored): Uint8Array {
		return new PtpWriter()
			.uint32(STORAGE)
			.uint16(file.isFolder ? Format.Association : (file.format ?? Format.Jpeg))
			.uint16(0)
			.uint32(file.claims ?? file.bytes.length)
			.uint16(Format.Jpeg)
			.uint32(0)
			.uint32(160)
			.uint32(120)
			.uint32(0)
			.uint32(0)
			.uint32(24)
			.uint32(DCIM)
			.uint16(0)
			.uint32(0)
			.uint32(0)
			.string(file.name)
			.string(writeTime(file.takenAt ?? this.now()))
			.string('')
			.string('')
			.done();
	}

	#property(code: number): Uint8Array | null {
		const setting = this.#settings[code];
		if (!setting) return null;
		const writer = new PtpWriter().uint16(code).uint16(setting.type).uint8(1);
		const value = (raw: number) =>
			setting.type === DataType.Uint64
				? writer.uint64(raw)
				: setting.type === DataType.Uint32
					? writer.uint32(raw)
					: writer.uint16(raw & 0xffff);
		value(setting.values[0]!);
		value(this.values.get(code)!);
		writer.uint8(2).uint16(setting.values.length);
		setting.values.forEach(value);
		return writer.done();
	}

	#canonEvents(): Uint8Array {
		const writer = new PtpWriter();
		const record = (type: number, body: number[]) =>
			writer
				.uint32(8 + body.length)
				.uint32(type)
				.raw(body);
		if (!this.#hasToldCanonSettings)
			for (const [property, values] of Object.entries(canonSettings)) {
				record(EventCode.CanonPropertyChanged, [
					...int(Number(property)),
					...int(this.values.get(Number(property))!)
				]);
				record(EventCode.CanonAvailableChanged, [
					...int(Number(property)),
					...int(3),
					...int(values.length),
					...values.flatMap((value) => [...int(value)])
				]);
			}
		this.#hasToldCanonSettings = true;
		for (const { handle } of this.#events.splice(0)) {
			const file = this.files.get(handle);
			if (!file) continue;
			record(EventCode.CanonObjectAdded, [
				...int(handle),
				...int(STORAGE),
				...int(Format.Jpeg),
				...int(0),
				...int(0),
				...int(file.bytes.length),
				...int(DCIM),
				...int(handle),
				...pad([...new TextEncoder().encode(file.name), 0])
			]);
		}
		return writer.uint32(8).uint32(0).done();
	}

	#nikonEvents(): Uint8Array {
		const events = this.#events.splice(0);
		const writer = new PtpWriter().uint16(events.length);
		for (const { code, handle } of events) writer.uint16(code).uint32(handle);
		return writer.done();
	}

	#part(handle: number, offset: number, length: number): Reply {
		const file = this.files.get(handle);
		if (!file) return { response: Response.InvalidObjectHandle };
		const data = file.bytes.subarray(offset, offset + length);
		return { response: Response.OK, data, parameters: [data.length] };
	}

	#release(): Reply {
		if (this.isFull) return { response: Response.StoreFull };
		this.press();
		return { response: Response.OK };
	}

	/** Answers one command. */
	answer(code: number, parameters: number[], sent: Uint8Array | null): Reply {
		const ok = (data?: Uint8Array): Reply => ({
			response: Response.OK,
			...(data ? { data } : {})
		});
		const [first = 0, second = 0, third = 0] = parameters;
		if (code === Operation.GetDeviceInfo) return ok(this.#deviceInfo());
		if (code === Operation.OpenSession) {
			if (this.isOpen) return { response: Response.SessionAlreadyOpen };
			this.isOpen = true;
			return ok();
		}
		if (!this.isOpen) return { response: Response.SessionNotOpen };
		const file = this.files.get(first);
		const { persona } = this.options;
		const own = persona === 'panasonic' || persona === 'sony' ? this[persona] : null;
		const reply = own?.answer(code, first, sent);
		if (reply) return reply;
		switch (code) {
			case Operation.CloseSession:
				this.isOpen = false;
				return ok();
			case Operation.GetStorageIDs:
				return ok(new PtpWriter().array([STORAGE], 4).done());
			case Operation.GetStorageInfo:
				return ok(
					new PtpWriter()
						.uint16(4)
						.uint16(3)
						.uint16(0)
						.uint64(64e9)
						.uint64(this.isFull ? 0 : 42e9)
						.uint32(this.isFull ? 0 : 5_000)
						.string('SD')
						.string('')
						.done()
				);
			case Operation.GetObjectHandles:
				return ok(new PtpWriter().array([...this.files.keys()], 4).done());
			case Operation.GetObjectInfo:
				if (persona === 'sony')
					return ok(this.#objectInfo({ ...this.sony.buffer[0]!, handle: first }));
				return file ? ok(this.#objectInfo(file)) : { response: Response.InvalidObjectHandle };
			case Operation.GetObject:
				return file ? ok(file.bytes) : { response: Response.InvalidObjectHandle };
			case Operation.GetPartialObject:
			case Operation.CanonGetPartialObject:
				return this.#part(first, second, third === ALL ? 2 ** 31 : third);
			case Operation.GetThumb:
				return { response: Response.NoThumbnailPresent };
			case Operation.InitiateCapture:
			case Operation.NikonCapture:
			case Operation.CanonRemoteReleaseOn:
				return this.#release();
			case Operation.CanonGetEvent:
				return ok(this.#canonEvents());
			case Operation.NikonCheckEvent:
				return ok(this.#nikonEvents());
			case Operation.GetDevicePropDesc: {
				const data = this.#property(first);
				return data ? ok(data) : { response: Response.DevicePropNotSupported };
			}
			case Operation.GetDevicePropValue:
				if (first === Property.BatteryLevel) return ok(Uint8Array.of(this.battery));
				if (first === Property.DateTime)
					return ok(new PtpWriter().string(writeTime(this.now())).done());
				return { response: Response.DevicePropNotSupported };
			case Operation.SetDevicePropValue:
				return this.#set(first, sent ?? new Uint8Array());
			case Operation.CanonSetProperty: {
				const reader = new PtpReader(sent ?? new Uint8Array());
				reader.skip(4);
				const property = reader.uint32();
				const value = reader.uint32();
				this.values.set(property, value);
				if (property === Property.CanonViewFinderOutput) this.isLive = value === 2;
				return ok();
			}
			case Operation.NikonStartLiveView:
			case Operation.NikonEndLiveView:
				this.isLive = code === Operation.NikonStartLiveView;
				return ok();
			case Operation.CanonGetViewFinderData:
			case Operation.NikonGetLiveViewImage:
				if (!this.isLive || !this.liveFrame) return { response: Response.AccessDenied };
				return ok(Uint8Array.from([...new Uint8Array(8), ...this.liveFrame]));
			default:
				return {
					response: operations[this.options.persona].includes(code as never)
						? Response.OK
						: Response.OperationNotSupported
				};
		}
	}

	#set(property: number, data: Uint8Array): Reply {
		const reader = new PtpReader(data);
		if (property === Property.DateTime) {
			const text = reader.string();
			const time = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}T${text.slice(9, 11)}:${text.slice(11, 13)}:${text.slice(13, 15)}Z`;
			this.clockOffset = Math.round((Date.parse(time) - Date.now()) / 1000);
			return { response: Response.OK };
		}
		const setting = this.#settings[property];
		if (!setting && property !== Property.NikonRecordingMedia)
			return { response: Response.DevicePropNotSupported };
		const isSigned = setting?.type === DataType.Int16;
		const readers: Record<number, () => number> = {
			1: reader.uint8,
			2: isSigned ? reader.int16 : reader.uint16,
			8: reader.uint64
		};
		const value = (readers[data.length] ?? reader.uint32)();
		if (setting && !setting.values.includes(value)) return { response: Response.InvalidParameter };
		this.values.set(property, value);
		return { response: Response.OK };
	}
}
