// Everything that this device keeps in IndexedDB. The one place that knows Dexie.
import Dexie, { type EntityTable, type Table, liveQuery } from 'dexie';
import type { PhotoType } from '#shared/photos/format.ts';
import type { Look } from '#shared/photos/looks.ts';
import type { PhotoMarks } from '#shared/photos/photo.ts';
import type { Preset, Rights } from '#shared/photos/rights.ts';
import type { RefusedNotice } from '#sync/relay/protocol.ts';
import type { Transfer } from '#sync/transfer/ports.ts';
import type { Command } from '../outbox/outbox.ts';
import type { RefusalCode } from '../capture/import/copy.worker.ts';

export interface ReplicaRow {
	document: string;
	saved: Uint8Array | null;
	clients: number[];
	/** 1 while something is not durable on the server: found again after a restart */
	waiting: 0 | 1;
	/** the life of the server's database in which it said what is saved; absent: never asked */
	epoch?: string | null;
	/** the last refusal that was heard of */
	refusalsSeen?: number;
}

export interface UpdateRow {
	id: number;
	document: string;
	bytes: Uint8Array;
	/** 1: made on this device. This and what follows is absent in rows of an earlier version. */
	isOwn?: 0 | 1;
	/** who wrote it, sealed by the server */
	receipt?: Uint8Array | null;
	/** CRC-32 of the bytes */
	checksum?: number;
}

/** An update that was folded into others, with its receipt. */
export interface ReceiptRow {
	id: number;
	document: string;
	bytes: Uint8Array;
	receipt: Uint8Array;
	at: number;
}

/**
 * A file on its way in: chosen (bytes not here yet) -> copied -> done, or known, refused, failed.
 * 'faceless': done but for the faces, whose models could not be loaded.
 * 'unlooked': done without faces, for the studio wishes none: they are looked for when it does.
 */
export type ImportState =
	'chosen' | 'copied' | 'faceless' | 'unlooked' | 'done' | 'known' | 'refused' | 'failed';

export interface ImportRow {
	id: number;
	/** imports that were started together */
	batch: string;
	workspace: string;
	event: string;
	name: string;
	/** bytes */
	size: number;
	lastModified: number;
	/** when it was chosen: the same for all of a batch */
	addedAt: string;
	state: ImportState;
	sha256: string | null;
	type: PhotoType | null;
	reason: RefusalCode | 'failed' | 'bad_sidecar' | 'lonely_sidecar' | null;
	faces: number;
	/** the file itself, where the browser gives a lasting handle */
	handle: FileSystemFileHandle | null;
	/** what is said of it as it comes in */
	marks?: PhotoMarks;
	/** what is said of each that comes in with it, variables not filled in */
	preset?: Preset;
	/** who made it and what may be done with it, as its sidecar says */
	rights?: Rights;
	/** the name that it has from now on; absent: its own */
	shown?: string;
	/** whether its second copy is in its folder, and was compared; absent: none is wanted */
	second?: 'waiting' | 'verified' | 'failed';
	/** all of it is in its event but its faces */
	isEntered?: true;
}

/** What is on its way into an event, or in it. */
export const inEvent: readonly ImportState[] = ['copied', 'faceless', 'unlooked', 'done'];

/** A card or folder that was imported. */
export interface BatchRow {
	id: string;
	workspace: string;
	event: string;
	/** what the card or folder is called */
	from: string;
	at: string;
	/** where second copies go; null: nowhere */
	second: FileSystemDirectoryHandle | null;
	/** the folder in it that was made for them */
	under: string;
	/** files of the card that were left out on purpose */
	leftOut: number;
	/** why second copies could not be written, for people */
	secondProblem: string | null;
}

/** A camera that was connected to this device. */
export interface CameraRow {
	/** by maker, model and serial number, which is not kept */
	id: string;
	name: string;
	/** one of the colours of cameras */
	colour: number;
	/** what lay on its card and was not asked for: handles */
	older: number[];
	/** its clock when it was last seen, 2026-01-19T17:03:22 */
	clock: string | null;
	/** when it was last seen by this device's clock, ms since 1970 */
	seenAt: number;
}

/** A photo on a camera: noticed, and read as soon as the cable lets it. */
export interface ShotRow {
	id: number;
	camera: string;
	/** how the camera calls it; may change when it is plugged in again */
	handle: number;
	/** what it is known by when handles have changed */
	identity: string;
	workspace: string;
	event: string;
	name: string;
	/** bytes, as the camera says */
	size: number;
	/** the camera's clock */
	takenAt: string | null;
	noticedAt: number;
	/** JPEGs come before the RAW files of the same shot */
	order: 0 | 1;
	state: 'waiting' | 'done' | 'failed';
	reason: string | null;
	attempts: number;
	sha256: string | null;
	marks?: PhotoMarks;
	preset?: Preset;
}

export interface SidecarRow {
	event: string;
	photo: string;
	bytes: Uint8Array<ArrayBuffer>;
}

/** A file in the private file system that is whole: rows are written after the bytes. */
export interface FileRow {
	/** area/name */
	key: string;
	size: number;
	/** when it came from the server, ms since 1970: it can be had again; absent: made here */
	fetchedAt?: number;
	/** it came from the server, and its event is kept on this device: it does not go by itself */
	isKept?: 1;
}

export interface TransferRow extends Transfer {
	createdAt: number;
	/** 1 when it has a problem that trying again does not mend */
	stuck: 0 | 1;
}

export interface RefusedRow {
	id: number;
	document: string;
	/** the server's number of it; absent in rows of an earlier version */
	notice?: number;
	at: number;
	/** rows of an earlier version have no values */
	refusals: (Omit<RefusedNotice['refusals'][number], 'value'> & { value?: string })[];
}

/** How a photo looks, as this device found. */
export interface LookRow {
	event: string;
	photo: string;
	look: Look;
	/** how open eyes are, each [0, 1] or null, and of which faces; absent: nobody asked */
	eyes?: { of: string; open: (number | null)[] };
}

export interface SettingRow {
	key: string;
	value: unknown;
}

export class DeviceDatabase extends Dexie {
	declare replicas: EntityTable<ReplicaRow, 'document'>;
	declare updates: EntityTable<UpdateRow, 'id'>;
	declare receipts: EntityTable<ReceiptRow, 'id'>;
	declare refused: EntityTable<RefusedRow, 'id'>;
	declare imports: EntityTable<ImportRow, 'id'>;
	declare batches: EntityTable<BatchRow, 'id'>;
	declare sidecars: Table<SidecarRow, [string, string]>;
	declare files: EntityTable<FileRow, 'key'>;
	declare transfers: EntityTable<TransferRow, 'id'>;
	declare commands: EntityTable<Command, 'order'>;
	declare settings: EntityTable<SettingRow, 'key'>;
	declare cameras: EntityTable<CameraRow, 'id'>;
	declare shots: EntityTable<ShotRow, 'id'>;
	declare looks: Table<LookRow, [string, string]>;

	constructor(person: string) {
		// Chromium commits with relaxed durability unless told otherwise; 'on this device' must mean it.
		super(`aura-${person}`, { chromeTransactionDurability: 'strict' });
		this.version(1).stores({
			replicas: 'document, waiting',
			updates: '++id, document',
			refused: '++id, document',
			imports: '++id, [event+state], [event+sha256], [batch+state+faces], state',
			sidecars: '[event+photo], event',
			files: 'key',
			transfers: 'id, [order+createdAt], stuck',
			settings: 'key'
		});
		this.version(2).stores({
			receipts: '++id, document, at',
			refused: '++id, document, [document+notice]'
		});
		this.version(3).stores({ commands: '++order, &id, state', files: 'key, fetchedAt' });
		this.version(4).stores({
			cameras: 'id',
			shots: '++id, [camera+state], &[camera+identity], event',
			looks: '[event+photo], event'
		});
		this.version(5).stores({
			batches: 'id',
			imports: '++id, [event+state], [event+sha256], [batch+state+faces], [batch+second], state'
		});
	}
}

const open = new Map<string, DeviceDatabase>();

/** The database of one person on this device. */
export function deviceDatabase(person: string): DeviceDatabase {
	const existing = open.get(person);
	if (existing) return existing;
	const database = new DeviceDatabase(person);
	open.set(person, database);
	return database;
}

/** Calls back with the result of a query now and whenever what it read changes, in any tab. @returns stops it. */
export function watch<T>(query: () => Promise<T>, next: (value: T) => void): () => void {
	const subscription = liveQuery(query).subscribe({ next, error: (error) => console.error(error) });
	return () => subscription.unsubscribe();
}

/** Whether a failure means that the device has no room left. */
export function isDeviceFull(error: unknown): boolean {
	const { name, inner, failures } = (error ?? {}) as {
		name?: string;
		inner?: unknown;
		/** of Dexie's BulkError */
		failures?: unknown[];
	};
	if (name === 'QuotaExceededError') return true;
	return [inner, ...(failures ?? [])].some((cause) => cause !== undefined && isDeviceFull(cause));
}
