import { PtpReader } from './bytes.ts';
import { DataType } from './codes.ts';
import { PtpError } from './error.ts';

export interface DeviceInfo {
	vendor: number;
	vendorText: string;
	operations: ReadonlySet<number>;
	events: ReadonlySet<number>;
	properties: ReadonlySet<number>;
	maker: string;
	model: string;
	version: string;
	serial: string;
}

/** DeviceInfo dataset, PTP 5.5.1. */
export function readDeviceInfo(bytes: Uint8Array): DeviceInfo {
	const reader = new PtpReader(bytes);
	const codes = () => new Set(reader.array(2, reader.uint16));
	reader.skip(2); // version of the standard
	const vendor = reader.uint32();
	reader.skip(2);
	const vendorText = reader.string();
	reader.skip(2); // functional mode
	const operations = codes();
	const events = codes();
	const properties = codes();
	codes(); // formats of captures
	codes(); // formats of images
	// Some firmware leaves out what follows.
	const text = () => (reader.left > 0 ? reader.string().trim() : '');
	const maker = text();
	const model = text();
	const version = text();
	return {
		vendor,
		vendorText,
		operations,
		events,
		properties,
		maker,
		model,
		version,
		serial: text()
	};
}

export interface ObjectInfo {
	storage: number;
	format: number;
	/** bytes; 0 and 0xFFFFFFFF mean that the camera does not know or cannot say */
	size: number;
	/** bytes of its thumbnail; 0: none */
	thumbSize: number;
	width: number;
	height: number;
	parent: number;
	name: string;
	/** the camera's clock without a zone: 2026-01-19T17:03:22; null: it says nothing that is a time */
	takenAt: string | null;
}

/** YYYYMMDDThhmmss, with or without tenths and zone (PTP 5.3.4.2.5.1), to 2026-01-19T17:03:22; null for what is no time. */
export function readTime(text: string): string | null {
	const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/.exec(text);
	if (!match || match[1] === '0000') return null;
	const [, year, month, day, hour, minute, second] = match;
	const time = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
	const parsed = new Date(`${time}Z`);
	return Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 19) !== time ? null : time;
}

/** 2026-01-19T17:03:22 to 20260119T170322 */
export const writeTime = (time: string): string => time.slice(0, 19).replace(/[-:]/g, '');

/** ObjectInfo dataset, PTP 5.5.2. */
export function readObjectInfo(bytes: Uint8Array): ObjectInfo {
	const reader = new PtpReader(bytes);
	const storage = reader.uint32();
	const format = reader.uint16();
	reader.skip(2); // protection
	const size = reader.uint32();
	reader.skip(2); // format of the thumbnail
	const thumbSize = reader.uint32();
	reader.skip(8); // its pixels
	const width = reader.uint32();
	const height = reader.uint32();
	reader.skip(4); // depth
	const parent = reader.uint32();
	reader.skip(10); // association, sequence
	const name = reader.string();
	const takenAt = reader.left > 0 ? readTime(reader.string()) : null;
	return { storage, format, size, thumbSize, width, height, parent, name, takenAt };
}

export interface StorageInfo {
	/** bytes */
	capacity: number;
	/** bytes; null where the camera does not say */
	free: number | null;
	/** how many more photos it thinks fit; null where it does not say */
	freeImages: number | null;
	label: string;
}

/** StorageInfo dataset, PTP 5.5.3. */
export function readStorageInfo(bytes: Uint8Array): StorageInfo {
	const reader = new PtpReader(bytes);
	reader.skip(6); // kind, file system, access
	const capacity = reader.uint64();
	const free = reader.uint64();
	const freeImages = reader.uint32();
	const label = reader.left > 0 ? reader.string() : '';
	return {
		capacity,
		free: free > Number.MAX_SAFE_INTEGER ? null : free,
		freeImages: freeImages === 0xffffffff ? null : freeImages,
		label: label || (reader.left > 0 ? reader.string() : '')
	};
}

/** Handles of objects or ids of storages. */
export const readNumbers = (bytes: Uint8Array): number[] => {
	const reader = new PtpReader(bytes);
	return reader.array(4, reader.uint32);
};

export type PropertyValue = number | string;

export interface PropertyDescription {
	code: number;
	type: number;
	isWritable: boolean;
	value: PropertyValue;
	/** values that may be set; null where the camera names none */
	values: PropertyValue[] | null;
}

export function readValue(reader: PtpReader, type: number): PropertyValue {
	switch (type) {
		case DataType.Int8:
			return reader.int8();
		case DataType.Uint8:
			return reader.uint8();
		case DataType.Int16:
			return reader.int16();
		case DataType.Uint16:
			return reader.uint16();
		case DataType.Int32:
			return reader.int32();
		case DataType.Uint32:
			return reader.uint32();
		case DataType.Int64:
		case DataType.Uint64:
			return reader.uint64();
		case DataType.String:
			return reader.string();
		default:
			throw new PtpError(
				'garbage',
				`The camera has a setting of a kind that is not known: ${type}.`
			);
	}
}

/** A range with more steps than this is not a list that anybody chooses from. */
const MAX_STEPS = 512;

/** DevicePropDesc dataset, PTP 5.5.4. */
export function readPropertyDescription(bytes: Uint8Array): PropertyDescription {
	const reader = new PtpReader(bytes);
	const code = reader.uint16();
	const type = reader.uint16();
	const isWritable = reader.uint8() === 1;
	readValue(reader, type); // the factory's
	const value = readValue(reader, type);
	return { code, type, isWritable, value, values: readForm(reader, type) };
}

/** What may be set. @returns null: the camera names nothing */
export function readForm(reader: PtpReader, type: number): PropertyValue[] | null {
	const form = reader.left > 0 ? reader.uint8() : 0;
	let values: PropertyValue[] | null = null;
	if (form === 1) {
		const [from, to, step] = [1, 2, 3].map(() => readValue(reader, type)) as number[];
		const steps = Math.floor((to! - from!) / step!);
		if (step! > 0 && steps >= 0 && steps <= MAX_STEPS)
			values = Array.from({ length: steps + 1 }, (_, i) => from! + i * step!);
	} else if (form === 2) {
		const length = reader.uint16();
		values = [];
		// firmware that counts more than it sends is known: what is there counts
		for (let i = 0; i < length && reader.left > 0; i++) values.push(readValue(reader, type));
	}
	return values;
}
