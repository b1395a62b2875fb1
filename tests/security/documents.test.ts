// Every root and field of every document, written by everybody: what the relay takes and what it refuses is what the
// declarations and the permission table say. A root or field without a sample here does not compile.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyScopes, roleOfScope } from '#shared/api-keys.ts';
import type { RootDeclaration } from '#shared/documents/declaration.ts';
import { type DocumentKind, declarations } from '#shared/documents/names.ts';
import { type Role, can, reachOf, roles } from '#shared/permissions.ts';
import type { PersonField } from '#shared/people/person.ts';
import { photoMarkSchemas } from '#shared/photos/photo.ts';
import { projectFieldSchemas } from '#shared/projects/project.ts';
import {
	type Session,
	type StockClient,
	makeEvent,
	openStockClient,
	photoFacts,
	setUp,
	until
} from '../support/client.ts';
import { addPerson, otherStudio } from '../support/people.ts';
import { type TestServer, startTestServer } from '../support/server.ts';

let server: TestServer;
let hana: Session;
let stranger: Session;
let event: string;
const people = new Map<Role, Session>();
const open: StockClient[] = [];

const projectValues: Record<Exclude<keyof typeof projectFieldSchemas, 'trashedBy'>, unknown> = {
	name: 'Name',
	slug: 'a-slug',
	description: 'Words',
	date: '2026-01-19',
	endDate: '2026-01-20',
	parent: '11111111-1111-4111-8111-111111111111',
	status: 'archived',
	metadata: { a: 1 },
	intake: 'event_temp',
	faces: 'off',
	trashedAt: '2026-01-19T00:00:00.000Z'
};
const markValues: Record<keyof typeof photoMarkSchemas, unknown> = {
	rating: 3,
	flag: 'pick',
	caption: 'Words',
	label: 'red',
	keywords: ['bride'],
	subject: '1042',
	favourite: true,
	folder: 'Ceremony',
	rights: '0123456789abcdef'
};

/** What somebody writes into a root: keys with their values. */
type Sample = (by: string) => Record<string, unknown>;
const facts = (by: string) => ({ type: 'folder', createdAt: '2026-01-19T00:00:00.000Z', by });
const newProject: Sample = (by) => ({ [randomUUID()]: facts(by) });
const fieldsOf =
	(makeId: () => string, values: Record<string, unknown>, author?: string): Sample =>
	(by) => {
		const id = makeId();
		const all = author ? { ...values, [author]: by } : values;
		return Object.fromEntries(
			Object.entries(all).map(([field, value]) => [`${id}/${field}`, value])
		);
	};
const personValues: Record<PersonField, unknown> = {
	name: 'Sara',
	hidden: true,
	cover: { event: randomUUID(), face: `${'ab'.repeat(16)}/500,500` },
	mergedInto: randomUUID()
};
const newPerson: Sample = (by) => ({
	[randomUUID()]: { createdAt: '2026-01-19T00:00:00.000Z', by }
});
const newPreset: Sample = () => ({ [randomUUID()]: { name: 'Weddings', caption: '{event}' } });
/** A new one each time: what one wrote is not what another one was refused. */
const photoId = () => randomUUID().replaceAll('-', '');
const samples: Record<string, Record<string, Sample>> = {
	workspace: {
		projects: newProject,
		projectFields: fieldsOf(randomUUID, projectValues, 'trashedBy'),
		people: newPerson,
		personFields: fieldsOf(randomUUID, personValues),
		presets: newPreset,
		forgotten: () => ({ [randomUUID()]: 1 })
	},
	desk: {
		projects: newProject,
		projectFields: fieldsOf(randomUUID, projectValues),
		people: newPerson,
		personFields: fieldsOf(randomUUID, personValues),
		presets: newPreset,
		forgotten: () => ({ [randomUUID()]: 1 })
	},
	event: {
		photos: (by) => {
			const made = photoFacts(by);
			return { [made.sha256.slice(0, 32)]: made };
		},
		marks: fieldsOf(photoId, markValues),
		clocks: () => ({ [photoId().slice(0, 12)]: 3612 }),
		rights: () => ({ [photoId().slice(0, 16)]: { creator: 'Hana', copyright: '©' } }),
		trash: (by) => ({ [photoId()]: { at: '2026-01-19T00:00:00.000Z', by } }),
		approved: (by) => ({ [photoId()]: { at: '2026-01-19T00:00:00.000Z', by } }),
		identified: () => ({ [`${photoId()}/500,500`]: randomUUID() }),
		excluded: () => ({ [`${photoId()}/500,500/${randomUUID()}`]: true }),
		forgotten: () => ({ [`${photoId()}/500,500`]: true }),
		stored: () => ({ [photoId()]: { files: 1, faces: null } })
	}
};

const nameOf = (kind: DocumentKind, who: Session) =>
	({
		workspace: `workspace/${hana.workspace}`,
		event: `event/${event}`,
		desk: `desk/${hana.workspace}/${who.userId}`
	})[kind];

/** Opens, writes, and tells what became of it: the code of the closing, or the keys that another device then has. */
async function write(
	who: Session,
	kind: DocumentKind,
	root: string
): Promise<{ closed: number } | { taken: string[]; sent: string[] }> {
	const client = openStockClient(server.url, who.cookie, nameOf(kind, who), { aura: true });
	open.push(client);
	const first = await Promise.race([client.closed, client.synced.then(() => null)]);
	if (first !== null) return { closed: first };
	const values = samples[kind]![root]!(who.userId);
	client.doc.transact(() => {
		for (const [key, value] of Object.entries(values)) client.doc.getMap(root).set(key, value);
	});
	const count = Object.keys(values).length;
	await until('an answer', () => (client.saved().get(client.doc.clientID) ?? 0) >= count);
	client.destroy();
	// what the server has, by a fresh eye
	const eye = kind === 'desk' ? who : hana;
	const fresh = openStockClient(server.url, eye.cookie, nameOf(kind, who));
	open.push(fresh);
	await fresh.synced;
	const map = fresh.doc.getMap(root);
	const isThere = ([key, value]: [string, unknown]) =>
		JSON.stringify(map.get(key)) === JSON.stringify(value);
	const taken = Object.entries(values).filter(isThere);
	fresh.destroy();
	return { taken: taken.map(([key]) => key), sent: Object.keys(values) };
}

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	event = await makeEvent(hana);
	stranger = await otherStudio(server);
	for (const role of roles) people.set(role, await addPerson(server, hana.workspace, role));
	await hana.request('POST', `/api/workspaces/${hana.workspace}/assignments`, {
		assign: [{ project: event, user: people.get('photographer')!.userId }]
	});
}, 60_000);
afterAll(async () => {
	for (const each of open) each.destroy();
	await server.stop();
	expect(server.reports).toEqual([]);
});

const all = (Object.keys(declarations) as DocumentKind[]).flatMap((kind) =>
	Object.entries(declarations[kind]).map(
		([root, rules]) => [kind, root, rules as RootDeclaration<unknown>] as const
	)
);
const sees = (role: Role, kind: DocumentKind) =>
	reachOf(role) === 'all' ? kind !== 'desk' : kind !== 'workspace';

it('has a sample for every root', () => {
	expect(all.filter(([kind, root]) => !samples[kind]?.[root])).toEqual([]);
});

describe.each(all)('%s/%s', (kind, root, rules) => {
	it.each(roles)('%s', async (role) => {
		const result = await write(people.get(role)!, kind, root);
		if (!sees(role, kind)) return expect(result).toEqual({ closed: 4404 });
		const may = rules.writer === 'member' && can(role, rules.create, rules.resource);
		expect(result).toMatchObject({ taken: may ? (result as { sent: string[] }).sent : [] });
	});
	it('another studio, and a photographer who is not assigned', async () => {
		const client = openStockClient(
			server.url,
			stranger.cookie,
			nameOf(kind, people.get('editor')!)
		);
		open.push(client);
		expect(await client.closed).toBe(4404);
		if (kind === 'desk') return;
		const unassigned = await addPerson(server, hana.workspace, 'photographer');
		expect(await write(unassigned, kind, root)).toEqual({ closed: 4404 });
	});
});

it('gives a key the rights of its scope', () => {
	const scopes = keyScopes.map((scope) => roleOfScope[scope]);
	expect(scopes).toEqual(['viewer', 'photographer', 'editor', 'admin']);
});
