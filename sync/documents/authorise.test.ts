// What the authoriser allows is what a slow model allows, which applies the update to a copy and looks.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as Y from 'yjs';
import { z } from 'zod';
import '../../tests/support/property.ts';
import type { DocumentDeclaration, RootDeclaration } from '#shared/documents/declaration.ts';
import { type Action, actions, can, resources, roles } from '#shared/permissions.ts';
import { type Author, refusalOf } from './authorise.ts';
import { inspect, rootNames } from './inspect.ts';
import { readUpdate } from './update.ts';

const ROOTS = ['one', 'two'];
const me = { id: 'me', role: 'editor' } as const;

const rootRules = fc.record({
	resource: fc.constantFrom(...resources),
	create: fc.constantFrom(...actions),
	update: fc.constantFrom(...actions),
	delete: fc.constantFrom(...actions),
	writer: fc.constantFrom(
		'member' as const,
		'member' as const,
		'member' as const,
		'server' as const
	),
	max: fc.integer({ min: 0, max: 9 })
});
const declarationOf = (rules: Record<string, { max: number } & object>): DocumentDeclaration =>
	Object.fromEntries(
		Object.entries(rules).map(([name, { max, ...rest }]) => [
			name,
			{
				...rest,
				key: /^[a-d]$/,
				value: () => z.int().max(max)
			} as unknown as RootDeclaration<unknown>
		])
	);

const edits = fc.array(
	fc.record({
		root: fc.constantFrom(...ROOTS, 'three'),
		key: fc.constantFrom('a', 'b', 'c', 'd', 'x'),
		value: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined })
	}),
	{ maxLength: 6 }
);
type Edits = { root: string; key: string; value: number | undefined }[];

/** @param gc false: nothing is forgotten, for the model must see what was overwritten */
const open = (clientID: number, from?: Y.Doc, gc = false) => {
	const doc = new Y.Doc({ gc });
	doc.clientID = clientID;
	for (const root of ROOTS) doc.getMap(root);
	if (from) Y.applyUpdate(doc, Y.encodeStateAsUpdate(from));
	return doc;
};
const apply = (doc: Y.Doc, list: Edits) => {
	for (const { root, key, value } of list)
		if (value === undefined) doc.getMap(root).delete(key);
		else doc.getMap(root).set(key, value);
};

interface Touched {
	root: string;
	key: string;
	values: number[];
	exists: boolean;
	isGone: boolean;
}

/** Applies the update to a copy, and lists what it did to each key. */
function model(before: Y.Doc, author: Y.Doc, update: Uint8Array): Touched[] {
	const copy = open(99, before);
	const items = () =>
		[...copy.store.clients.values()].flat().filter((struct) => struct instanceof Y.Item);
	const live = items().filter(({ deleted }) => !deleted);
	const wasLive = live.map(({ id, parent, parentSub }) => ({ ...id, parent, key: parentSub! }));
	const clocks = Y.decodeStateVector(Y.encodeStateVector(copy));
	Y.applyUpdate(copy, update);
	const touched = new Map<string, Touched>();
	const touch = (parent: unknown, key: string, values: number[]) => {
		const [root] = [...copy.share].find(([, type]) => type === parent)!;
		const exists = before.share.has(root) && before.getMap(root).has(key);
		const isGone = !author.getMap(root).has(key);
		const entry = touched.get(`${root}/${key}`) ?? { root, key, values: [], exists, isGone };
		entry.values.push(...values);
		touched.set(`${root}/${key}`, entry);
	};
	for (const { client, clock, parent, key } of wasLive) {
		const structs = copy.store.clients.get(client)!;
		if (structs[Y.findIndexSS(structs, clock)]!.deleted) touch(parent, key, []);
	}
	for (const { id, length, parent, parentSub, content } of items()) {
		const known = Math.max(0, (clocks.get(id.client) ?? 0) - id.clock);
		if (known >= length) continue;
		const values = content instanceof Y.ContentAny ? (content.arr as number[]).slice(known) : [];
		touch(parent, parentSub!, values);
	}
	return [...touched.values()];
}

/** The rules in one sentence each, without the authoriser. */
function mayModel(
	declaration: DocumentDeclaration,
	{ root, key, values, exists, isGone }: Touched,
	author: Author
): boolean {
	const rules = Object.hasOwn(declaration, root) ? declaration[root]! : null;
	if (!rules || !rules.key.test(key) || author.role === 'server') return false;
	const action: Action = isGone ? rules.delete : exists ? rules.update : rules.create;
	return (
		rules.writer === 'member' &&
		can(author.role, action, rules.resource) &&
		values.every((value) => rules.value(key).safeParse(value).success)
	);
}

it('allows what the model allows, for any document, edits and table of rights', () => {
	let allowed = 0;
	let refused = 0;
	fc.assert(
		fc.property(
			fc.record({ one: rootRules, two: rootRules }),
			fc.constantFrom(...roles),
			edits,
			edits,
			edits,
			fc.boolean(),
			(rules, role, first, mine, theirs, isMerged) => {
				const declaration = declarationOf(rules);
				const server = open(1);
				apply(server, first);
				const author = open(2, server, true);
				const since = Y.encodeStateVector(author);
				const single: Uint8Array[] = [];
				author.on('update', (update: Uint8Array) => single.push(update));
				apply(author, mine);
				apply(server, theirs);
				// as one difference, or as what a device kept edit by edit
				const update =
					isMerged && single.length > 0
						? Y.mergeUpdates(single)
						: Y.encodeStateAsUpdate(author, since);
				const wanted = model(server, author, update)
					.filter((touched) => mayModel(declaration, touched, { ...me, role }))
					.map(({ root, key }) => `${root}/${key}`)
					.sort();
				const { changes } = inspect(server, readUpdate(update), rootNames(server));
				const found = changes
					.filter(
						(change) =>
							refusalOf(declaration, change, { ...me, role }, () =>
								change.exists ? server.getMap(change.root).get(change.key) : undefined
							) === null
					)
					.map(({ root, key }) => `${root}/${key}`)
					.sort();
				expect(found).toEqual(wanted);
				allowed += found.length;
				refused += changes.length - found.length;
			}
		),
		{ numRuns: 3_000 }
	);
	expect(Math.min(allowed, refused)).toBeGreaterThan(200);
});
