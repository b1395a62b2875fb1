// What this device keeps, how much of it can be had again, and making room.
import { fileBit } from '#shared/files/kinds.ts';
import { photoIdOf } from '#shared/photos/identity.ts';
import type { DocumentRegistry } from '../documents/registry.ts';
import type { DeviceDatabase, FileRow } from './database.ts';
import { type FileArea, removeFile, walkFiles } from './files.ts';

/** Bytes and files of one kind. */
export interface Share {
	files: number;
	bytes: number;
}

export interface DeviceUsage {
	/** of this application, as the browser says */
	used: number;
	/** that the browser gives it */
	quota: number;
	/** the browser does not clear it by itself when room is short */
	isPersisted: boolean;
	/** originals that the server does not have yet */
	waiting: Share;
	/** originals that the server has, and nothing here needs */
	sent: Share;
	/** originals that stay: their event is kept, or faces are still to be found in them */
	kept: Share;
	/** pictures that were made here or are kept */
	pictures: Share;
	/** pictures that came from the server and can come again */
	fetched: Share;
	/** edits, marks, faces */
	documents: Share;
	/** the application itself, with what finds faces */
	application: number;
	/** files that nothing refers to: a crash or a removal left them */
	left: Share;
}

const none = (): Share => ({ files: 0, bytes: 0 });
const add = (share: Share, bytes: number) => {
	share.files++;
	share.bytes += bytes;
};

/** What the server has of a photo of an event, as bits of `fileBit`. */
export type StoredOf = (event: string) => Promise<(photo: string) => number>;

/** By what an event's document says. */
export const storedIn =
	(registry: Pick<DocumentRegistry, 'open'>): StoredOf =>
	async (event) => {
		const { replica } = await registry.open(`event/${event}`);
		const stored = replica.doc.getMap<{ files: number } | null>('stored');
		return (photo) => stored.get(photo)?.files ?? 0;
	};

/** A file without a row may be on its way in: only after so long it was left behind, ms. */
const LEFT_MS = 60 * 60 * 1000;

const keepKey = (event: string) => `keep/${event}`;

/** Events that are kept on this device. */
export async function keptEvents({ settings }: DeviceDatabase): Promise<Set<string>> {
	const rows = await settings.where('key').startsWith('keep/').toArray();
	return new Set(rows.filter(({ value }) => value === true).map(({ key }) => key.slice(5)));
}

export async function setKept(
	{ settings }: DeviceDatabase,
	event: string,
	isKept: boolean
): Promise<void> {
	await (isKept
		? settings.put({ key: keepKey(event), value: true })
		: settings.delete(keepKey(event)));
}

/** Originals by what holds them here. */
async function sortOriginals(
	database: DeviceDatabase,
	storedOf: StoredOf
): Promise<Record<'waiting' | 'sent' | 'kept', FileRow[]>> {
	const sorted = { waiting: [] as FileRow[], sent: [] as FileRow[], kept: [] as FileRow[] };
	const [originals, imports, kept] = await Promise.all([
		database.files.where('key').startsWith('originals/').toArray(),
		database.imports.filter(({ sha256 }) => sha256 !== null).toArray(),
		keptEvents(database)
	]);
	const waiting = new Set<string>();
	await database.transfers.each(({ kind, sha256 }) => kind === 'original' && waiting.add(sha256));
	const places = new Map<string, { event: string; isDone: boolean }[]>();
	for (const { sha256, event, state } of imports) {
		const isDone = ['done', 'unlooked', 'known'].includes(state);
		places.set(sha256!, [...(places.get(sha256!) ?? []), { event, isDone }]);
	}
	for (const row of originals) {
		const sha256 = row.key.slice('originals/'.length);
		const of = places.get(sha256) ?? [];
		let isStored = false;
		for (const { event } of of)
			isStored ||= ((await storedOf(event))(photoIdOf(sha256)) & fileBit.original) !== 0;
		if (waiting.has(sha256) || !isStored) sorted.waiting.push(row);
		else if (of.some(({ event, isDone }) => !isDone || kept.has(event))) sorted.kept.push(row);
		else sorted.sent.push(row);
	}
	return sorted;
}

/** Files of the private file system that no row names. */
async function leftBehind(
	person: string,
	database: DeviceDatabase,
	now: number
): Promise<{ area: FileArea; name: string; size: number }[]> {
	const left: { area: FileArea; name: string; size: number }[] = [];
	for await (const { area, name, size, lastModified } of walkFiles(person))
		if (lastModified < now - LEFT_MS && !(await database.files.get(`${area}/${name}`)))
			left.push({ area, name, size });
	return left;
}

const sizeOf = (rows: { size: number }[]): Share => ({
	files: rows.length,
	bytes: rows.reduce((sum, { size }) => sum + size, 0)
});

export async function measureUsage(
	person: string,
	database: DeviceDatabase,
	storedOf: StoredOf
): Promise<DeviceUsage> {
	const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.()) ?? {};
	const originals = await sortOriginals(database, storedOf);
	const [pictures, fetched, documents] = [none(), none(), none()];
	await database.files.each(({ key, size, fetchedAt }) => {
		if (!key.startsWith('originals/')) add(fetchedAt ? fetched : pictures, size);
	});
	await database.updates.each(({ bytes }) => add(documents, bytes.length));
	await database.receipts.each(({ bytes }) => add(documents, bytes.length));
	await database.sidecars.each(({ bytes }) => add(documents, bytes.length));
	const left = sizeOf(await leftBehind(person, database, Date.now()));
	const shares = {
		waiting: sizeOf(originals.waiting),
		sent: sizeOf(originals.sent),
		kept: sizeOf(originals.kept),
		...{ pictures, fetched, documents, left }
	};
	const counted = Object.values(shares).reduce((sum, { bytes }) => sum + bytes, 0);
	return {
		used: usage,
		quota,
		isPersisted: (await navigator.storage?.persisted?.()) ?? false,
		...shares,
		application: Math.max(0, usage - counted)
	};
}

/**
 * Removes from this device what the server has, or nothing refers to.
 * @param what sent: originals; fetched: pictures that came from the server; left: what was left behind
 * @returns bytes that are free now
 */
export async function makeRoom(
	person: string,
	database: DeviceDatabase,
	storedOf: StoredOf,
	what: 'sent' | 'fetched' | 'left'
): Promise<number> {
	let freed = 0;
	if (what === 'left') {
		for (const { area, name, size } of await leftBehind(person, database, Date.now())) {
			await removeFile(person, area, name);
			freed += size;
		}
		return freed;
	}
	const rows =
		what === 'sent'
			? (await sortOriginals(database, storedOf)).sent
			: await database.files.where('fetchedAt').above(0).toArray();
	for (const { key, size } of rows) {
		const [area, name] = key.split('/') as [FileArea, string];
		// the row first: a file counts only while the database names it
		await database.files.delete(key);
		await removeFile(person, area, name);
		freed += size;
	}
	return freed;
}

/** Share of its room from which on somebody is told. */
export const FULL_SHARE = 0.8;

/** @returns how full this device's room is, 0 to 1; 0 where the browser does not say */
export async function fullness(): Promise<number> {
	const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.()) ?? {};
	return quota > 0 ? usage / quota : 0;
}
