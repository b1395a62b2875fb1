// A strict, bounded reader and writer of Yjs' update format V1, for flat documents only: root maps
// whose values are plain JSON. What is written is exactly what was checked, because values are
// encoded again from the checked ones. Format: yjs/src/utils/encoding.js and structs/*.js.
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { encoded } from './encoded.ts';
import { MAX_KEY_LENGTH, MAX_VALUE_LENGTH } from '#shared/documents/declaration.ts';

/** Why an update as a whole is not taken. 'gap' is answered with sync step 1, the others end the connection. */
export type UpdateFault = 'malformed' | 'limit' | 'type' | 'gap' | 'foreign_client';

export class UpdateError extends Error {
	override readonly name = 'UpdateError';
	constructor(
		readonly fault: UpdateFault,
		message: string
	) {
		super(`${fault}: ${message}`);
	}
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export interface Id {
	client: number;
	clock: number;
}
interface StructBase extends Id {
	length: number;
}
export interface Gc extends StructBase {
	kind: 'gc';
}
export interface Item extends StructBase {
	kind: 'item';
	origin: Id | null;
	/** root and key are told only where there is no origin */
	root: string | null;
	key: string | null;
	/** absent: content that was deleted */
	value?: Json;
}
export type Struct = Gc | Item;
export interface DeleteRange {
	clock: number;
	length: number;
}
export interface Update {
	structs: Map<number, Struct[]>;
	/** as `readUpdate` gives them, those of each client are sorted and apart */
	deletes: Map<number, DeleteRange[]>;
}

/** Bounds of one update. A device that was offline for a day sends 10 000 photos in about 4 MB. */
export const limits = {
	bytes: 16 * 1024 ** 2,
	clients: 4_096,
	structs: 400_000,
	ranges: 400_000,
	depth: 8,
	nodes: 4_000_000,
	client: 2 ** 32 - 1,
	clock: 2 ** 40,
	/** keys of one document, over all roots: some hundred thousand photos with all that is said of them */
	keys: 1_000_000,
	/** structs that one entry may stand for */
	run: 2 ** 24,
	/** that Yjs takes to find the order of values that do not know of each other */
	steps: 2_000_000
};

const fail = (fault: UpdateFault, message: string): never => {
	throw new UpdateError(fault, message);
};

const left = (d: decoding.Decoder) => d.arr.length - d.pos;

export const isAtEnd = (d: decoding.Decoder): boolean => left(d) === 0;

/** @throws UpdateError */
export function readUint(d: decoding.Decoder): number {
	if (left(d) < 1) fail('malformed', 'ends early');
	let value: number;
	try {
		value = decoding.readVarUint(d);
	} catch {
		return fail('malformed', 'not a number');
	}
	return Number.isSafeInteger(value) ? value : fail('malformed', 'number too large');
}

function readByte(d: decoding.Decoder): number {
	return left(d) < 1 ? fail('malformed', 'ends early') : decoding.readUint8(d);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readText(d: decoding.Decoder, max: number): string {
	const length = readUint(d);
	if (length > left(d)) fail('malformed', 'text longer than the update');
	if (length > max * 4) fail('limit', 'text too long');
	try {
		return utf8.decode(decoding.readUint8Array(d, length));
	} catch {
		return fail('malformed', 'text is not UTF-8');
	}
}

const readId = (d: decoding.Decoder): Id => ({ client: readUint(d), clock: readUint(d) });

interface Budget {
	nodes: number;
}

/** lib0's 'any', less what JSON does not have. */
function readJson(d: decoding.Decoder, depth: number, budget: Budget): Json {
	if (depth > limits.depth) fail('limit', 'value too deep');
	if (++budget.nodes > limits.nodes) fail('limit', 'too many values');
	const tag = readByte(d);
	switch (tag) {
		case 126:
			return null;
		case 125: {
			if (left(d) < 1) fail('malformed', 'ends early');
			try {
				return decoding.readVarInt(d);
			} catch {
				return fail('malformed', 'not a number');
			}
		}
		case 124:
			if (left(d) < 4) fail('malformed', 'ends early');
			return finite(decoding.readFloat32(d));
		case 123:
			if (left(d) < 8) fail('malformed', 'ends early');
			return finite(decoding.readFloat64(d));
		case 121:
			return false;
		case 120:
			return true;
		case 119:
			return readText(d, MAX_VALUE_LENGTH);
		case 118: {
			const count = readUint(d);
			if (count > left(d)) fail('malformed', 'object longer than the update');
			const out: { [key: string]: Json } = {};
			for (let i = 0; i < count; i++) {
				const key = readText(d, MAX_KEY_LENGTH);
				if (key === '__proto__') fail('type', 'a prototype as a key');
				out[key] = readJson(d, depth + 1, budget);
			}
			return out;
		}
		case 117: {
			const count = readUint(d);
			if (count > left(d)) fail('malformed', 'list longer than the update');
			return Array.from({ length: count }, () => readJson(d, depth + 1, budget));
		}
		default:
			return fail('type', `a value of kind ${tag}`);
	}
}

const finite = (value: number): number =>
	Number.isFinite(value) ? value : fail('type', 'a number that is not finite');

const GC = 0;
const DELETED = 1;
const ANY = 8;
const SKIP = 10;

/** @throws UpdateError */
export function readStruct(
	d: decoding.Decoder,
	client: number,
	clock: number,
	budget: Budget
): Struct {
	const info = readByte(d);
	const kind = info & 31;
	if (kind === SKIP) fail('gap', 'a skipped range');
	if (kind === GC) return { kind: 'gc', client, clock, length: readUint(d) };
	const origin = info & 128 ? readId(d) : null;
	if (info & 64) fail('malformed', 'a map entry with a right origin');
	let root: string | null = null;
	let key: string | null = null;
	if (origin === null) {
		if (readUint(d) !== 1) fail('type', 'a nested type');
		root = readText(d, MAX_KEY_LENGTH);
		if (!(info & 32)) fail('type', 'a list entry');
		key = readText(d, MAX_KEY_LENGTH);
	}
	if (kind === DELETED)
		return { kind: 'item', client, clock, length: readUint(d), origin, root, key };
	if (kind !== ANY) return fail('type', `content of kind ${kind}`);
	if (readUint(d) !== 1) fail('type', 'several values under one key');
	const value = readJson(d, 0, budget);
	return { kind: 'item', client, clock, length: 1, origin, root, key, value };
}

function readStructs(d: decoding.Decoder): Update['structs'] {
	const structs: Update['structs'] = new Map();
	const budget: Budget = { nodes: 0 };
	const groups = readUint(d);
	if (groups > limits.clients) fail('limit', 'too many clients');
	let total = 0;
	for (let g = 0; g < groups; g++) {
		const count = readUint(d);
		const client = readUint(d);
		let clock = readUint(d);
		if (count === 0) fail('malformed', 'an empty group');
		if (count > left(d)) fail('malformed', 'more structs than bytes');
		if ((total += count) > limits.structs) fail('limit', 'too many structs');
		if (client > limits.client) fail('malformed', 'not a client id');
		if (structs.has(client)) fail('malformed', 'a client twice');
		const group: Struct[] = [];
		for (let i = 0; i < count; i++) {
			const struct = readStruct(d, client, clock, budget);
			if (struct.length < 1) fail('malformed', 'a struct of no length');
			if (struct.length > limits.run) fail('limit', 'a struct too long');
			clock += struct.length;
			if (clock > limits.clock) fail('limit', 'clock too large');
			group.push(struct);
		}
		structs.set(client, group);
	}
	return structs;
}

function readDeletes(d: decoding.Decoder): Update['deletes'] {
	const deletes: Update['deletes'] = new Map();
	const clients = readUint(d);
	if (clients > left(d)) fail('malformed', 'more clients than bytes');
	let total = 0;
	for (let i = 0; i < clients; i++) {
		const client = readUint(d);
		const count = readUint(d);
		if (deletes.has(client)) fail('malformed', 'a client twice');
		if (count * 2 > left(d)) fail('malformed', 'more ranges than bytes');
		if ((total += count) > limits.ranges) fail('limit', 'too many deleted ranges');
		const ranges: DeleteRange[] = [];
		for (let j = 0; j < count; j++) {
			const range = { clock: readUint(d), length: readUint(d) };
			if (range.length === 0 || range.clock + range.length > limits.clock)
				fail('malformed', 'a deleted range');
			ranges.push(range);
		}
		deletes.set(client, apart(ranges));
	}
	return deletes;
}

/** Sorted, and joined where they meet: as Yjs writes them. Whoever names one thing often must not have it looked at often. */
function apart(ranges: DeleteRange[]): DeleteRange[] {
	const isApart = ranges.every(
		({ clock }, at) => at === 0 || clock > ranges[at - 1]!.clock + ranges[at - 1]!.length
	);
	if (isApart) return ranges;
	const joined: DeleteRange[] = [];
	for (const { clock, length } of ranges.sort((a, b) => a.clock - b.clock)) {
		const last = joined.at(-1);
		if (last && clock <= last.clock + last.length)
			last.length = Math.max(last.length, clock + length - last.clock);
		else joined.push({ clock, length });
	}
	return joined;
}

/** @returns what an update of format V1 says. @throws UpdateError; never reads further than its bounds. */
export function readUpdate(bytes: Uint8Array): Update {
	if (bytes.length > limits.bytes) fail('limit', 'update too large');
	const d = decoding.createDecoder(bytes);
	const update = { structs: readStructs(d), deletes: readDeletes(d) };
	if (left(d) > 0) fail('malformed', 'bytes after the end');
	return update;
}

export function writeStruct(e: encoding.Encoder, struct: Struct): void {
	if (struct.kind === 'gc') {
		encoding.writeUint8(e, GC);
		encoding.writeVarUint(e, struct.length);
		return;
	}
	const isDeleted = struct.value === undefined;
	encoding.writeUint8(
		e,
		(isDeleted ? DELETED : ANY) | (struct.origin ? 128 : 0) | (struct.origin ? 0 : 32)
	);
	if (struct.origin) {
		encoding.writeVarUint(e, struct.origin.client);
		encoding.writeVarUint(e, struct.origin.clock);
	} else {
		encoding.writeVarUint(e, 1);
		encoding.writeVarString(e, struct.root ?? '');
		encoding.writeVarString(e, struct.key ?? '');
	}
	if (isDeleted) encoding.writeVarUint(e, struct.length);
	else {
		encoding.writeVarUint(e, 1);
		encoding.writeAny(e, struct.value as encoding.AnyEncodable);
	}
}

/** Clients that have some, the largest id first. */
function inOrder(lists: ReadonlyMap<number, unknown[]>): number[] {
	const clients: number[] = [];
	for (const [client, list] of lists) if (list.length > 0) clients.push(client);
	return clients.length > 1 ? clients.sort((a, b) => b - a) : clients;
}

/** @returns an update of format V1; groups and ranges in the order that Yjs itself writes. */
export const writeUpdate = (update: Update): Uint8Array => encoded((e) => encode(e, update));

function encode(e: encoding.Encoder, { structs, deletes }: Update): void {
	const groups = inOrder(structs);
	encoding.writeVarUint(e, groups.length);
	for (const client of groups) {
		const group = structs.get(client)!;
		encoding.writeVarUint(e, group.length);
		encoding.writeVarUint(e, client);
		encoding.writeVarUint(e, group[0]!.clock);
		for (const struct of group) writeStruct(e, struct);
	}
	const sets = inOrder(deletes);
	encoding.writeVarUint(e, sets.length);
	for (const client of sets) {
		const ranges = deletes.get(client)!;
		encoding.writeVarUint(e, client);
		encoding.writeVarUint(e, ranges.length);
		for (const { clock, length } of ranges) {
			encoding.writeVarUint(e, clock);
			encoding.writeVarUint(e, length);
		}
	}
}

/** Adds to an update what another one says that follows it: each client goes on where it ends. */
export function appendUpdate(to: Update, { structs, deletes }: Update): void {
	for (const [client, group] of structs) append(to.structs, client, group);
	for (const [client, ranges] of deletes) append(to.deletes, client, ranges);
}

function append<Item>(lists: Map<number, Item[]>, client: number, more: readonly Item[]): void {
	const list = lists.get(client);
	if (!list) lists.set(client, [...more]);
	else for (const each of more) list.push(each);
}
