// How a Panasonic Lumix answers beside the standard: settings of 32 bits and live view (operations and layouts as in libgphoto2's
// ptp.h, ptp_panasonic_getdevicepropertydesc and ptp_panasonic_setdeviceproperty; the blocks before a frame as tethr reads them).
import { PtpReader, PtpWriter } from '../../../shared/ptp/bytes.ts';
import { Operation, Response } from '../../../shared/ptp/codes.ts';
import type { Reply } from './brain.ts';

const OPEN = 0x9102;
const CLOSE = 0x9103;
const LIST_PROPERTY = 0x9108;
const SET_PROPERTY = 0x9403;
const LIVE_VIEW = 0x9412;
const LIVE_VIEW_IMAGE = 0x9706;
export const panasonicOperations = [
	...[OPEN, CLOSE, LIST_PROPERTY, SET_PROPERTY, LIVE_VIEW, LIVE_VIEW_IMAGE],
	Operation.PanasonicInitiateCapture
];

/** What may be chosen, by the number that is asked for; the next number is what is set. */
const settings: Record<number, { size: 2 | 4; values: number[] }> = {
	// photographic sensitivity; all ones: automatic
	0x02000020: { size: 4, values: [0xffffffff, 100, 200, 400, 800] },
	// thousandths of the denominator
	0x02000030: { size: 4, values: [60_000, 125_000, 250_000, 500_000] },
	// tenths
	0x02000040: { size: 2, values: [28, 40, 56, 80] },
	// automatic, daylight, clouds, shade
	0x02000050: { size: 2, values: [2, 4, 0x8008, 0x800f] },
	// thirds of a stop, the highest bit for less
	0x02000060: { size: 2, values: [0x8003, 0, 1, 3] }
};
const HEADER_WORDS = 8;
const START = 0x0d000010;
const FRAME_AT = 180;

export class Panasonic {
	#isOpen = false;
	isLive = false;
	values = new Map(
		Object.entries(settings).map(([code, { values }]) => [Number(code), values[1]!])
	);

	constructor(
		private readonly release: () => Reply,
		private readonly frame: () => Uint8Array | null
	) {}

	restart(): void {
		this.#isOpen = this.isLive = false;
	}

	/** @returns null: it is the standard's */
	answer(code: number, first: number, sent: Uint8Array | null): Reply | null {
		if (!panasonicOperations.includes(code)) return null;
		const ok = (data?: Uint8Array): Reply => ({ response: Response.OK, ...(data ? { data } : {}) });
		if (code === OPEN || code === CLOSE) {
			this.#isOpen = code === OPEN;
			return ok();
		}
		if (!this.#isOpen) return { response: Response.SessionNotOpen };
		switch (code) {
			case LIST_PROPERTY: {
				const described = this.#describe(first);
				return described ? ok(described) : { response: Response.DevicePropNotSupported };
			}
			case SET_PROPERTY:
				return this.#set(first, sent ?? new Uint8Array());
			case LIVE_VIEW:
				this.isLive = first === START;
				return ok();
			case LIVE_VIEW_IMAGE: {
				const frame = this.isLive ? this.frame() : null;
				return frame ? ok(this.#withHead(frame)) : { response: Response.DeviceBusy };
			}
			default:
				return first === 0x03000011 ? this.release() : { response: Response.InvalidParameter };
		}
	}

	#describe(code: number): Uint8Array | null {
		const setting = settings[code];
		if (!setting) return null;
		const writer = new PtpWriter().uint32(code).uint32(HEADER_WORDS);
		for (let i = 0; i < 5; i++) writer.uint32(0);
		writer.uint32(code).uint32(0).uint32(0);
		const write = (value: number) =>
			setting.size === 2 ? writer.uint16(value) : writer.uint32(value);
		write(this.values.get(code)!);
		writer.uint32(setting.values.length);
		setting.values.forEach(write);
		return writer.done();
	}

	#set(parameter: number, data: Uint8Array): Reply {
		const reader = new PtpReader(data);
		const code = reader.uint32() - 1;
		const size = reader.uint32();
		const setting = settings[code];
		if (!setting || parameter !== code + 1 || size !== setting.size)
			return { response: Response.InvalidParameter };
		const value = size === 2 ? reader.uint16() : reader.uint32();
		if (!setting.values.includes(value)) return { response: Response.InvalidParameter };
		this.values.set(code, value);
		return { response: Response.OK };
	}

	/** Where the frame begins, how long it is, and the rest of the head: a histogram. */
	#withHead(frame: Uint8Array): Uint8Array {
		const head = new PtpWriter()
			.uint32(0x17000001)
			.uint32(8)
			.uint32(1)
			.uint32(FRAME_AT)
			.uint32(0x17000002)
			.uint32(8)
			.uint32(1)
			.uint32(frame.length);
		const rest = FRAME_AT - 32 - 8;
		head.uint32(0x17000003).uint32(rest).raw(new Array<number>(rest).fill(0));
		return Uint8Array.from([...head.done(), ...frame]);
	}
}
