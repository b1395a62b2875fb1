// Who changed what in a document, read from its log, and what would put it back.
import * as Y from 'yjs';
import type { DocumentDeclaration } from '#shared/documents/declaration.ts';
import type { Change } from '../relay/entries.ts';
import { ownersOf } from '../relay/receipts.ts';

/** An entry of the log, as far as its history matters. */
export interface PastEntry {
	seq: number;
	at: Date;
	author: string;
	update: Uint8Array;
	/** tells authors apart where an entry has several */
	receipt: Uint8Array | null;
}

/** One key that somebody changed. */
export interface Step {
	seq: number;
	at: Date;
	author: string;
	root: string;
	key: string;
	before: unknown;
	after: unknown;
	/** a value says that what the key names is taken away */
	removes?: true;
}

/** Whether something got a value, or lost it. */
export type StepKind = 'edits' | 'removals';

/** What one person did without a long pause; what they removed is one of its own, as whoever removes by mistake has just worked. */
export interface Stretch {
	author: string;
	kind: StepKind;
	/** numbers of the entries that it begins and ends with */
	from: number;
	to: number;
	begun: Date;
	ended: Date;
	/** things (photos) that were not there before, and those that are not any more */
	added: number;
	removed: number;
	/** things that were taken out of the trash */
	restored: number;
	/** fields that have another value at its end, and those that have none any more */
	changed: number;
	cleared: number;
}

/** ms without a change after which somebody's next change is another stretch */
const PAUSE_MS = 10 * 60_000;

const kindOf = ({ after, removes }: Step): StepKind =>
	(after === null) === (removes === undefined) ? 'removals' : 'edits';
const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/**
 * Reads a log from its beginning.
 * @param base the document before the first entry; null: empty
 * @returns takes the next entry, and says what it changed
 */
export function replay(
	declaration: DocumentDeclaration,
	base: Uint8Array | null
): (entry: PastEntry) => Step[] {
	const doc = new Y.Doc();
	if (base) Y.applyUpdate(doc, base);
	let touched: [root: string, key: string][] = [];
	/** Yjs forgets what was overwritten */
	const values = new Map<string, unknown>();
	const place = (root: string, key: string) => `${root} ${key}`;
	for (const root of Object.keys(declaration)) {
		const map = doc.getMap(root);
		for (const [key, value] of map.entries()) values.set(place(root, key), value);
		map.observe(({ keysChanged }) => {
			for (const key of keysChanged) if (key !== null) touched.push([root, key]);
		});
	}
	return ({ seq, at, author, update, receipt }) => {
		touched = [];
		Y.applyUpdate(doc, update);
		const owners = receipt && ownersOf(receipt);
		const steps: Step[] = [];
		for (const [root, key] of touched) {
			const map = doc.getMap(root);
			const before = values.get(place(root, key)) ?? null;
			const after = map.get(key) ?? null;
			if (isSame(before, after)) continue;
			values.set(place(root, key), after);
			const item = map._map.get(key);
			const owner = item && !item.deleted ? owners?.get(item.id.client) : undefined;
			const removes = declaration[root]?.removes && { removes: true as const };
			steps.push({ seq, at, author: owner ?? author, root, key, before, after, ...removes });
		}
		return steps;
	};
}

/** What each key was before the steps, and is after them; those that end as they began are left out. */
function netOf(steps: Iterable<Step>): Step[] {
	const net = new Map<string, Step>();
	for (const step of steps) {
		const place = `${step.root} ${step.key}`;
		const first = net.get(place);
		net.set(place, first ? { ...step, before: first.before } : step);
	}
	return [...net.values()].filter(({ before, after }) => !isSame(before, after));
}

/** @returns what people did, newest first; the server's own edits are not among it */
export function stretchesOf(steps: Step[]): Stretch[] {
	const open = new Map<string, Step[]>();
	const all: Step[][] = [];
	for (const step of steps) {
		if (step.author === 'server') continue;
		const place = `${step.author} ${kindOf(step)}`;
		let stretch = open.get(place);
		if (!stretch || step.at.getTime() - stretch.at(-1)!.at.getTime() > PAUSE_MS) {
			stretch = [];
			open.set(place, stretch);
			all.push(stretch);
		}
		stretch.push(step);
	}
	return all
		.map((stretch) => {
			const [first, last] = [stretch[0]!, stretch.at(-1)!];
			const count = { added: 0, removed: 0, restored: 0, changed: 0, cleared: 0 };
			for (const { key, before, after, removes } of netOf(stretch))
				if (removes) count[after === null ? 'restored' : 'removed']++;
				else if (key.includes('/')) count[after === null ? 'cleared' : 'changed']++;
				else if (after === null) count.removed++;
				else count[before === null ? 'added' : 'changed']++;
			return {
				author: first.author,
				kind: kindOf(first),
				from: first.seq,
				to: last.seq,
				begun: first.at,
				ended: last.at,
				...count
			};
		})
		.filter(
			({ added, removed, restored, changed, cleared }) =>
				added + removed + restored + changed + cleared > 0
		)
		.sort((a, b) => b.to - a.to);
}

/**
 * What puts back what somebody did in a stretch. Things that they added stay: nobody's photos go by it.
 * @param steps all of the document's, to its present
 * @returns changes: for keys that are still as they left them; kept: how many others have changed since
 */
export function takingBack(
	steps: Step[],
	{ author, kind, from, to }: Pick<Stretch, 'author' | 'kind' | 'from' | 'to'>
): { changes: Change[]; kept: number } {
	const now = new Map(steps.map(({ root, key, after }) => [`${root} ${key}`, after]));
	const theirs = steps.filter(
		(step) => step.author === author && kindOf(step) === kind && step.seq >= from && step.seq <= to
	);
	const changes: Change[] = [];
	let kept = 0;
	for (const { root, key, before, after, removes } of netOf(theirs)) {
		if (before === null && !key.includes('/') && !removes) continue;
		const present = now.get(`${root} ${key}`);
		if (isSame(present, before)) continue;
		if (isSame(present, after)) changes.push({ root, key, value: before });
		else kept++;
	}
	return { changes, kept };
}
