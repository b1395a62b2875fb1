// Finds out what an update would do to a document, before it is applied, at a cost proportional to
// the update. The traps that it closes are listed in docs/decisions/003-authorise-before-applying.md.
import * as Y from 'yjs';
import {
	type DeleteRange,
	type Id,
	type Item,
	type Json,
	type Struct,
	type Update,
	UpdateError,
	limits
} from './update.ts';

/** Everything that an update does to one key. */
export interface KeyChange {
	root: string;
	key: string;
	/** values that become part of the history of this key, oldest first; the last one may win */
	values: Json[];
	/** the update leaves the key without a value, as far as it can tell */
	deletes: boolean;
	/** the key had a value before */
	exists: boolean;
	/** new structs of the update on this key */
	structs: Item[];
	/** live structs of the document that the update deletes on this key */
	targets: Y.Item[];
}

export interface Inspection {
	/** the update without what the document already has */
	fresh: Update;
	changes: KeyChange[];
	/** client ids with new structs */
	clients: number[];
	/** structs that have no effect, because what they continue was collected or refused */
	lost: Item[];
}

type Place = { root: string; key: string } | null;

/** Root names of the document's shared types. The document's declared maps must exist. */
export function rootNames(doc: Y.Doc): Map<unknown, string> {
	return new Map([...doc.share].map(([name, type]) => [type, name]));
}

const endOf = (structs: Struct[]) => {
	const last = structs[structs.length - 1]!;
	return last.clock + last.length;
};

/** Drops what the document has, cuts what it has in part, and refuses what it could not connect. */
function onlyFresh(doc: Y.Doc, structs: Update['structs']): Update['structs'] {
	const fresh: Update['structs'] = new Map();
	for (const [client, group] of structs) {
		const known = Y.getState(doc.store, client);
		if (group[0]!.clock > known)
			throw new UpdateError('gap', `client ${client} goes on at ${group[0]!.clock}, not ${known}`);
		const rest = group.filter((struct) => struct.clock + struct.length > known);
		if (rest.length === 0) continue;
		const first = rest[0]!;
		if (first.clock < known) rest[0] = cut(first, known);
		fresh.set(client, rest);
	}
	return fresh;
}

/** The part of a struct from `clock` on, as Yjs itself would write it. */
function cut(struct: Struct, clock: number): Struct {
	const length = struct.clock + struct.length - clock;
	if (struct.kind === 'gc') return { ...struct, clock, length };
	const origin = { client: struct.client, clock: clock - 1 };
	return { ...struct, clock, length, origin, root: null, key: null };
}

/** Index of the struct or range that holds `clock`, or -1. @param sorted without overlaps */
function indexAt(sorted: readonly DeleteRange[], clock: number): number {
	let low = 0;
	let high = sorted.length - 1;
	while (low <= high) {
		const middle = (low + high) >> 1;
		const each = sorted[middle]!;
		if (clock < each.clock) high = middle - 1;
		else if (clock >= each.clock + each.length) low = middle + 1;
		else return middle;
	}
	return -1;
}

/**
 * Refuses what could not be integrated in some order: Yjs would keep it pending, and integrate it
 * later under whoever sends the missing piece.
 */
function assertIntegrable(doc: Y.Doc, structs: Update['structs']): void {
	const [only] = structs;
	if (only && structs.size === 1) return assertFollows(doc, ...only);
	const next = new Map([...structs.keys()].map((client) => [client, 0]));
	const done = new Map(
		[...structs.keys()].map((client) => [client, Y.getState(doc.store, client)])
	);
	const waiting = new Map<number, number[]>();
	const has = ({ client, clock }: Id) =>
		clock < (done.get(client) ?? Y.getState(doc.store, client));
	const ready = [...structs.keys()];
	let left = structs.size;
	while (ready.length > 0) {
		const client = ready.pop()!;
		const group = structs.get(client)!;
		const from = next.get(client)!;
		let at = from;
		let blocked: Id | null = null;
		for (; at < group.length && !blocked; at++) {
			const struct = group[at]!;
			if (struct.kind === 'item' && struct.origin && !has(struct.origin)) {
				blocked = struct.origin;
				break;
			}
			done.set(client, struct.clock + struct.length);
		}
		next.set(client, at);
		// only progress can have helped whoever waits: without it a circle would go round for ever
		if (at > from) {
			ready.push(...(waiting.get(client) ?? []));
			waiting.delete(client);
		}
		if (!blocked) {
			left--;
			continue;
		}
		const provider = structs.get(blocked.client);
		if (blocked.client === client)
			throw new UpdateError('malformed', 'a struct that continues itself');
		if (!provider || endOf(provider) <= blocked.clock)
			throw new UpdateError('gap', `${blocked.client}:${blocked.clock} is missing`);
		if (has(blocked)) ready.push(client);
		else waiting.set(blocked.client, [...(waiting.get(blocked.client) ?? []), client]);
	}
	if (left > 0) throw new UpdateError('malformed', 'structs that continue each other in a circle');
}

/** The same for the structs of one client alone, as most updates are. */
function assertFollows(doc: Y.Doc, client: number, group: readonly Struct[]): void {
	let done = Y.getState(doc.store, client);
	for (const struct of group) {
		const origin = struct.kind === 'item' ? struct.origin : null;
		const isOwn = origin?.client === client;
		if (origin && origin.clock >= (isOwn ? done : Y.getState(doc.store, origin.client)))
			throw isOwn
				? new UpdateError('malformed', 'a struct that continues itself')
				: new UpdateError('gap', `${origin.client}:${origin.clock} is missing`);
		done = struct.clock + struct.length;
	}
}

/** Finds the root and key of each new struct through what it continues; null where that was collected. */
function placesOf(
	doc: Y.Doc,
	structs: Update['structs'],
	names: Map<unknown, string>
): Map<Item, Place> {
	const places = new Map<Item, Place>();
	const stored = (id: Id): Place => {
		const found = doc.store.clients.get(id.client);
		const struct = found?.[Y.findIndexSS(found, id.clock)];
		if (!(struct instanceof Y.Item)) return null;
		const root = names.get(struct.parent);
		return root === undefined || struct.parentSub === null ? null : { root, key: struct.parentSub };
	};
	/** by what it says itself, or by what is stored; undefined: by another new struct */
	const direct = ({ origin, root, key }: Item): Place | undefined => {
		if (origin === null) return { root: root!, key: key! };
		return origin.clock < Y.getState(doc.store, origin.client) ? stored(origin) : undefined;
	};
	for (const group of structs.values()) {
		for (const struct of group) {
			if (struct.kind === 'gc') continue;
			let place = direct(struct);
			if (place !== undefined) {
				places.set(struct, place);
				continue;
			}
			const chain: Item[] = [];
			let current: Item = struct;
			while (place === undefined) {
				const known = places.get(current);
				if (known !== undefined) {
					place = known;
					break;
				}
				chain.push(current);
				place = direct(current);
				if (place === undefined) {
					const others: Struct[] = structs.get(current.origin!.client)!;
					const before: Struct = others[indexAt(others, current.origin!.clock)]!;
					if (before.kind === 'gc') place = null;
					else current = before;
				}
			}
			for (const each of chain) places.set(each, place);
		}
	}
	return places;
}

/**
 * Refuses what would keep Yjs busy: to find the place of a value beside others that it does not know of, it walks along all of
 * them (yjs/src/structs/Item.js, integrate). Each device brings a key one such value at most, however often it sets it.
 */
function assertOrderable(doc: Y.Doc, changes: Iterable<KeyChange>): void {
	let steps = 0;
	for (const { root, key, structs } of changes) {
		if (structs.length < 2) continue;
		const continued = new Set<string>();
		let beside = -1;
		for (const { origin } of structs) {
			const before = origin ? nameOf(origin) : '';
			const isStored = !origin || origin.clock < Y.getState(doc.store, origin.client);
			if (isStored || continued.has(before)) beside++;
			continued.add(before);
		}
		if (beside < 1) continue;
		const most = (limits.steps - steps) / beside;
		let walk = structs.length;
		const last = doc.share.has(root) ? doc.getMap(root)._map.get(key) : null;
		for (let item = last ?? null; item && walk <= most; item = item.left) walk++;
		steps += beside * walk;
		if (steps > limits.steps)
			throw new UpdateError('limit', 'too many values that do not know of each other');
	}
}

/**
 * @param doc the document as the server has it, with all declared root maps made
 * @param names `rootNames(doc)`
 * @throws UpdateError when the update cannot be taken as a whole
 */
export function inspect(doc: Y.Doc, update: Update, names: Map<unknown, string>): Inspection {
	const structs = onlyFresh(doc, update.structs);
	assertIntegrable(doc, structs);
	const places = placesOf(doc, structs, names);
	const changes = new Map<string, KeyChange>();
	const changeOf = (root: string, key: string): KeyChange => {
		const id = `${root}\n${key}`;
		let change = changes.get(id);
		if (!change) {
			const exists = doc.share.has(root) && doc.getMap(root).has(key);
			change = { root, key, values: [], deletes: false, exists, structs: [], targets: [] };
			changes.set(id, change);
		}
		return change;
	};
	const lost: Item[] = [];
	/** new values that the update itself takes away again */
	const removed = new Map<Item, KeyChange>();
	for (const group of structs.values()) {
		for (const struct of group) {
			if (struct.kind === 'gc') continue;
			const place = places.get(struct)!;
			if (place === null) {
				if (struct.value !== undefined) lost.push(struct);
				continue;
			}
			const change = changeOf(place.root, place.key);
			change.structs.push(struct);
			if (struct.value === undefined) continue;
			change.values.push(struct.value);
			if (indexAt(update.deletes.get(struct.client) ?? [], struct.clock) >= 0)
				removed.set(struct, change);
		}
	}
	assertOrderable(doc, changes.values());
	// what a later value overwrites is no deletion
	const continued = new Set<string>();
	for (const { structs } of new Set(removed.values()))
		for (const { origin } of structs) if (origin) continued.add(nameOf(origin));
	for (const [struct, change] of removed) if (!continued.has(nameOf(struct))) change.deletes = true;
	for (const [client, ranges] of update.deletes) {
		const known = Y.getState(doc.store, client);
		const own = structs.get(client);
		const end = own ? endOf(own) : known;
		for (const range of ranges) {
			if (range.clock + range.length > end)
				throw new UpdateError('gap', `a deletion of ${client}:${range.clock}, which is unknown`);
			for (const item of liveItems(doc, client, range)) {
				const root = names.get(item.parent);
				if (root === undefined || item.parentSub === null)
					throw new UpdateError('type', 'a deletion outside of the declared maps');
				const change = changeOf(root, item.parentSub);
				change.targets.push(item);
				if (change.values.length === 0) change.deletes = true;
			}
		}
	}
	for (const change of changes.values()) if (change.values.length === 0) change.deletes = true;
	return {
		fresh: { structs, deletes: update.deletes },
		changes: [...changes.values()],
		clients: [...structs.keys()],
		lost
	};
}

const nameOf = ({ client, clock }: Id) => `${client}:${clock}`;

function* liveItems(doc: Y.Doc, client: number, range: DeleteRange): Generator<Y.Item> {
	const structs = doc.store.clients.get(client);
	if (!structs || range.clock >= Y.getState(doc.store, client)) return;
	const end = range.clock + range.length;
	for (let i = Y.findIndexSS(structs, range.clock); i < structs.length; i++) {
		const struct = structs[i]!;
		if (struct.id.clock >= end) return;
		if (struct instanceof Y.Item && !struct.deleted) yield struct;
	}
}

/**
 * The fresh part of an update without the refused changes: their structs become GC structs of the
 * same length, so that clocks stay continuous and everything else stands; their deletions are left out.
 */
export function withoutRefused({ fresh }: Inspection, refused: KeyChange[]): Update {
	if (refused.length === 0) return fresh;
	const gone = new Set<Struct>(refused.flatMap((change) => change.structs));
	const structs = new Map(
		[...fresh.structs].map(([client, group]) => [
			client,
			group.map((struct): Struct =>
				gone.has(struct)
					? { kind: 'gc', client, clock: struct.clock, length: struct.length }
					: struct
			)
		])
	);
	const deletes = new Map(fresh.deletes);
	const kept = new Map<number, DeleteRange[]>();
	for (const { targets } of refused)
		for (const { id, length } of targets) {
			const list = kept.get(id.client);
			if (list) list.push({ clock: id.clock, length });
			else kept.set(id.client, [{ clock: id.clock, length }]);
		}
	for (const [client, list] of kept)
		deletes.set(
			client,
			without(
				deletes.get(client) ?? [],
				list.sort((a, b) => a.clock - b.clock)
			)
		);
	return { structs, deletes };
}

/** Ranges less others. Both are sorted and without overlaps. */
function without(ranges: DeleteRange[], others: DeleteRange[]): DeleteRange[] {
	const out: DeleteRange[] = [];
	let at = 0;
	for (const { clock, length } of ranges) {
		const end = clock + length;
		let from = clock;
		while (at < others.length && others[at]!.clock + others[at]!.length <= from) at++;
		for (let next = at; next < others.length && others[next]!.clock < end; next++) {
			const other = others[next]!;
			if (other.clock > from) out.push({ clock: from, length: other.clock - from });
			from = other.clock + other.length;
		}
		if (from < end) out.push({ clock: from, length: end - from });
	}
	return out;
}
