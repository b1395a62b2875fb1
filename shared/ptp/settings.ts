// Exposure of a camera: read, and set.
import { Operation, Response } from './codes.ts';
import { type DeviceInfo, type PropertyDescription, readPropertyDescription } from './datasets.ts';
import { DataType } from './codes.ts';
import { PtpWriter } from './bytes.ts';
import type { CameraEvent } from './events.ts';
import {
	type ExposureName,
	type Scale,
	canonScales,
	exposureNames,
	standardScales
} from './exposure.ts';
import { setCanonProperty } from './canon.ts';
import type { Session } from './session.ts';

export interface Choice {
	raw: number;
	text: string;
}

/** A setting as it stands, with what may be chosen; no choices: it is turned on the camera alone. */
export interface Setting {
	name: ExposureName;
	value: Choice;
	choices: Choice[];
	/** how the standard's data type counts it; null for Canon's */
	type: number | null;
}
export type Settings = Partial<Record<ExposureName, Setting>>;

export function settingFrom(
	name: ExposureName,
	description: PropertyDescription,
	show: Scale['show']
): Setting {
	const choice = (raw: number): Choice => ({ raw, text: show(raw) });
	const { value, values, isWritable, type } = description;
	const numbers = (values ?? []).filter((each): each is number => typeof each === 'number');
	return {
		name,
		value: choice(Number(value)),
		choices: isWritable ? numbers.map(choice) : [],
		type
	};
}

/** What a camera of the standard lets be seen and set; Canon tells it with its events. */
export async function readSettings(session: Session, info: DeviceInfo): Promise<Settings> {
	const settings: Settings = {};
	for (const name of exposureNames) {
		const { property, show } = standardScales[name];
		if (!info.properties.has(property)) continue;
		const { data } = await session.ask({
			operation: Operation.GetDevicePropDesc,
			parameters: [property],
			accept: [Response.DevicePropNotSupported, Response.AccessDenied]
		});
		if (data.length > 0) settings[name] = settingFrom(name, readPropertyDescription(data), show);
	}
	return settings;
}

/** @returns the settings with what a Canon's event says of them; the same object where it says nothing of them */
export function withCanonEvent(settings: Settings, event: CameraEvent): Settings {
	if (event.kind !== 'property' && event.kind !== 'available') return settings;
	const name = exposureNames.find((each) => canonScales[each].property === event.code);
	if (!name) return settings;
	const { show } = canonScales[name];
	const choice = (raw: number): Choice => ({ raw, text: show(raw) });
	const before = settings[name] ?? { name, value: choice(0), choices: [], type: null };
	if (event.kind === 'available')
		return { ...settings, [name]: { ...before, choices: event.values.map(choice) } };
	return event.value === null
		? settings
		: { ...settings, [name]: { ...before, value: choice(event.value) } };
}

/** @throws PtpError 'refused' where the camera does not let it be set now */
export async function applySetting(session: Session, setting: Setting, raw: number): Promise<void> {
	const { name, type } = setting;
	if (type === null) return setCanonProperty(session, canonScales[name].property, raw);
	const writer = new PtpWriter();
	if (type === DataType.Uint8 || type === DataType.Int8) writer.uint8(raw);
	else if (type === DataType.Uint16 || type === DataType.Int16) writer.uint16(raw);
	else writer.uint32(raw);
	await session.ask({
		operation: Operation.SetDevicePropValue,
		parameters: [standardScales[name].property],
		data: writer.done(),
		isUrgent: true
	});
}
