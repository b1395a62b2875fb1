// Sony's cameras while they are set to be remote-controlled ('PC Remote'): they show no card then, only a buffer with one photo at a
// time. Operations, properties and layouts as in libgphoto2 (ptp_sony_*, ptp_unpack_Sony_DPD) and Sony's Camera Control PTP reference.
import { PtpReader, PtpWriter } from './bytes.ts';
import { DataType, Operation, Property, Response } from './codes.ts';
import { type PropertyDescription, readForm, readValue } from './datasets.ts';
import { PtpError } from './error.ts';
import type { CameraEvent } from './events.ts';
import {
	type ExposureName,
	type Scale,
	exposureNames,
	showTime,
	standardScales
} from './exposure.ts';
import type { Session } from './session.ts';
import { type Setting, type Settings, settingFrom } from './settings.ts';

/** The photo that the buffer gives next. */
export const SONY_BUFFER = 0xffffc001;
export const SONY_LIVE = 0xffffc002;

/** Versions of the extension: 3 sets values, 2 turns most of them step by step. */
const VERSIONS = [0x012c, 0x00c8];
/** It is asked for a version that it does not have. */
const NOT_AUTHENTICATED = 0xa101;
const READY_TRIES = 20;
const READY_MS = 100;

export interface SonyProperty extends PropertyDescription {
	/** it may be turned now, on the camera at least */
	isEnabled: boolean;
}
export type SonyProperties = ReadonlyMap<number, SonyProperty>;

/** All that a camera says of itself: 64 bits of how many, then one after the other. What cannot be read ends it. */
export function readSonyProperties(bytes: Uint8Array): SonyProperties {
	const found = new Map<number, SonyProperty>();
	if (bytes.length < 8) return found;
	const reader = new PtpReader(bytes);
	reader.skip(8);
	try {
		while (reader.left > 0) {
			const code = reader.uint16();
			const type = reader.uint16();
			const isSettable = reader.uint8() === 1;
			const isEnabled = reader.uint8() === 1;
			readValue(reader, type); // the factory's
			const value = readValue(reader, type);
			let values = readForm(reader, type);
			// later bodies have a second list, of what may be set now; else the next property follows, whose code is larger
			if (values && reader.left >= 2 && reader.peek16() < 0x200) {
				const length = reader.uint16();
				values = Array.from({ length }, () => readValue(reader, type));
			}
			found.set(code, {
				code,
				type,
				isWritable: isSettable && isEnabled,
				isEnabled,
				value,
				values
			});
		}
	} catch (error) {
		if (!(error instanceof PtpError)) throw error;
	}
	return found;
}

export async function sonyProperties(session: Session): Promise<SonyProperties> {
	const { data } = await session.ask({ operation: Operation.SonyGetAllProperties });
	return readSonyProperties(data);
}

/**
 * Agrees with a camera that it is remote-controlled.
 * @returns codes that it lets be turned like a dial
 */
export async function beginSony(session: Session): Promise<ReadonlySet<number>> {
	const connect = (step: number) =>
		session.ask({ operation: Operation.SonyConnect, parameters: [step, 0, 0] });
	await connect(1);
	await connect(2);
	const controls = await abilities(session);
	await connect(3);
	// values from here count, and not the dials; the earlier version does not know it
	const properties = await sonyProperties(session);
	if (properties.get(Property.SonyPositionKey)?.isWritable)
		await setProperty(session, Property.SonyPositionKey, DataType.Uint8, 1);
	return controls;
}

async function abilities(session: Session): Promise<ReadonlySet<number>> {
	for (const version of VERSIONS) {
		// one that has just woken up says nothing yet
		for (let tries = 0; tries < READY_TRIES; tries++) {
			const { data, response } = await session.ask({
				operation: Operation.SonyGetAbilities,
				parameters: [version],
				accept: [NOT_AUTHENTICATED, Response.InvalidParameter]
			});
			if (response !== Response.OK) break;
			if (data.length > 0) return readAbilities(data);
			await session.wait(READY_MS);
		}
	}
	throw new PtpError('refused', 'The camera does not let itself be controlled.');
}

/** Version, properties, controls. */
function readAbilities(bytes: Uint8Array): ReadonlySet<number> {
	const reader = new PtpReader(bytes);
	reader.skip(2);
	reader.array(2, reader.uint16);
	return new Set(reader.left >= 4 ? reader.array(2, reader.uint16) : []);
}

function valueOf(type: number, value: number): Uint8Array<ArrayBuffer> {
	const writer = new PtpWriter();
	if (type === DataType.Uint8 || type === DataType.Int8) writer.uint8(value);
	else if (type === DataType.Uint16 || type === DataType.Int16) writer.uint16(value);
	else writer.uint32(value);
	return writer.done();
}
const setProperty = (session: Session, code: number, type: number, value: number) =>
	session.ask({
		operation: Operation.SonySetProperty,
		parameters: [code],
		data: valueOf(type, value),
		isUrgent: true
	});
const control = (session: Session, code: number, type: number, value: number) =>
	session.ask({
		operation: Operation.SonyControl,
		parameters: [code],
		data: valueOf(type, value),
		isUrgent: true
	});

/** What it says of itself now; photos in its buffer are told as any other camera's. */
export async function pollSony(session: Session): Promise<CameraEvent[]> {
	const properties = await sonyProperties(session);
	const pending = Number(properties.get(Property.SonyShootingFile)?.value ?? 0);
	return [
		{ kind: 'described', properties },
		// the highest bit: there is something; the others: how many
		...((pending & 0x8000) !== 0 ? [{ kind: 'added' as const, handle: SONY_BUFFER }] : [])
	];
}

const DOWN = 2;
const UP = 1;
/** Focus was found, or not, and what it does afterwards; 1: it looks, or is turned by hand. */
const FOCUS_ENDED = new Set([2, 3, 6, 7]);
/** A second in all: a lens that is focused by hand never says so. */
const FOCUS_LOOKS = 20;
const FOCUS_LOOK_MS = 50;
const SHORTEST_PRESS_MS = 100;

/** Presses the shutter halfway, waits for the focus, and then down; the photo announces itself. */
export async function releaseSony(session: Session): Promise<void> {
	const button = (code: number, value: number) => control(session, code, DataType.Uint16, value);
	await button(Property.SonyHalfRelease, DOWN);
	try {
		for (let looks = 0; looks < FOCUS_LOOKS; looks++) {
			await session.wait(FOCUS_LOOK_MS);
			const focus = (await sonyProperties(session)).get(Property.SonyFocus);
			if (!focus || FOCUS_ENDED.has(Number(focus.value))) break;
		}
		await button(Property.SonyRelease, DOWN);
		await session.wait(SHORTEST_PRESS_MS);
		await button(Property.SonyRelease, UP);
	} finally {
		await button(Property.SonyHalfRelease, UP);
	}
}

const whiteBalances: Record<number, string> = {
	0x8001: 'Fluorescent, warm white',
	0x8002: 'Fluorescent, cool white',
	0x8003: 'Fluorescent, day white',
	0x8004: 'Fluorescent, daylight',
	0x8020: 'Custom 1',
	0x8021: 'Custom 2',
	0x8022: 'Custom 3',
	0x8030: 'Underwater'
};
const scales: Record<ExposureName, Scale> = {
	aperture: standardScales.aperture,
	/** a fraction: numerator above, denominator below; 0: as long as it is held */
	shutter: {
		property: Property.SonyShutterSpeed,
		show: (raw) => showTime((raw >>> 16) / (raw & 0xffff))
	},
	/** 24 bits, all ones: automatic; above them how noise is reduced */
	iso: {
		property: Property.SonyIso,
		show: (raw) => ((raw & 0xffffff) === 0xffffff ? 'Auto' : `${raw & 0xffffff}`)
	},
	compensation: standardScales.compensation,
	whiteBalance: {
		property: standardScales.whiteBalance.property,
		show: (raw) => whiteBalances[raw] ?? standardScales.whiteBalance.show(raw)
	}
};

/** @param controls codes that are turned like a dial where they cannot be set */
export function sonySettings(properties: SonyProperties, controls: ReadonlySet<number>): Settings {
	const settings: Settings = {};
	for (const name of exposureNames) {
		const { property, show } = scales[name];
		const found = properties.get(property);
		if (!found) continue;
		const isWritable = found.isWritable || (found.isEnabled && controls.has(property));
		settings[name] = settingFrom(name, { ...found, isWritable }, show);
	}
	return settings;
}

const STEPS = 80;
const STEP_LOOKS = 20;

/** Turns a setting to a value. @throws PtpError 'refused' where the camera does not go there */
export async function applySony(session: Session, { name }: Setting, raw: number): Promise<void> {
	const { property } = scales[name];
	let now = (await sonyProperties(session)).get(property);
	if (now?.isWritable) return void (await setProperty(session, property, now.type, raw));
	for (let steps = 0; now?.values?.includes(raw) && steps < STEPS; steps++) {
		const { value, values } = now;
		if (value === raw) return;
		const distance = values!.indexOf(raw) - values!.indexOf(value);
		await control(session, property, DataType.Int8, distance > 0 ? 1 : -1);
		// it takes a moment, and says nothing when it is there
		for (let looks = 0; looks < STEP_LOOKS && now?.value === value; looks++) {
			await session.wait(READY_MS / 4);
			now = (await sonyProperties(session)).get(property);
		}
		if (now?.value === value) break;
	}
	throw new PtpError('refused', 'The camera does not let this be set now.');
}

const saveTo = { computer: 0x01, card: 0x10, both: 0x11 };

/** Says where photos are kept. @throws PtpError 'refused' where that is chosen on the camera alone */
export async function setSonyDestination(session: Session, to: keyof typeof saveTo): Promise<void> {
	const now = (await sonyProperties(session)).get(Property.SonySaveTo);
	if (!now?.isWritable)
		throw new PtpError('refused', 'Choose it on the camera, in its menu for PC Remote.');
	await setProperty(session, Property.SonySaveTo, now.type, saveTo[to]);
}

/** Percent; null: it does not say. */
export function sonyBattery(properties: SonyProperties): number | null {
	const value = Number(properties.get(Property.SonyBattery)?.value ?? -1);
	return value < 0 ? null : Math.min(100, value);
}
