import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Assignment } from '#shared/assignments.ts';
import type { Project } from '#shared/projects/project.ts';
import type { Team } from '#shared/teams.ts';
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
let base: string;
const open: StockClient[] = [];
const client = (who: Session, document: string) => {
	const opened = openStockClient(server.url, who.cookie, document, { aura: true });
	open.push(opened);
	return opened;
};

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	base = `/api/workspaces/${hana.workspace}`;
}, 60_000);
afterAll(async () => {
	for (const each of open) each.destroy();
	await server.stop();
	expect(server.reports).toEqual([]);
});

const make = (body: object) => hana.json<Project>('POST', `${base}/projects`, body);
const list = async (who: Session, query = '') =>
	(await who.json<{ projects: Project[] }>('GET', `${base}/projects${query}`)).projects;
const names = async (who: Session, query = '') => (await list(who, query)).map(({ name }) => name);
const assign = (assign: Assignment[], unassign: Assignment[] = []) =>
	hana.request('POST', `${base}/assignments`, { assign, unassign });
const deskOf = (who: Session) => `desk/${hana.workspace}/${who.userId}`;
const onDesk = (desk: StockClient) =>
	[...desk.doc.getMap('projects').entries()].flatMap(([id, facts]) => (facts ? [id] : [])).sort();

describe('projects', () => {
	it('are made with everything, changed, moved, archived', async () => {
		const campaign = await make({
			type: 'campaign',
			name: 'Autumn',
			metadata: { client: 'Ethio' }
		});
		const made = await make({
			name: 'Launch',
			date: '2026-09-11',
			endDate: '2026-09-12',
			slug: 'launch',
			description: 'Two days'
		});
		const changed = await hana.json<Project>('PATCH', `${base}/projects/${made.id}`, {
			parent: campaign.id,
			name: 'The launch',
			slug: null
		});
		expect(changed).toMatchObject({
			name: 'The launch',
			slug: null,
			description: 'Two days',
			endDate: '2026-09-12',
			parent: campaign.id
		});
		expect(await hana.json('GET', `${base}/projects/${made.id}`)).toEqual(changed);
		expect(await names(hana, `?parent=${campaign.id}`)).toEqual(['The launch']);
		expect((await list(hana, '?parent=none')).some(({ id }) => id === campaign.id)).toBe(true);
		await hana.json('PATCH', `${base}/projects/${campaign.id}`, { status: 'archived' });
		expect((await names(hana, '?status=archived')).sort()).toEqual(['Autumn', 'The launch']);
		expect((await list(hana, '?type=campaign'))[0]!.metadata).toEqual({ client: 'Ethio' });
	});
	it('are a tree whatever is asked', async () => {
		const a = await make({ type: 'folder', name: 'A' });
		const b = await make({ type: 'folder', name: 'B', parent: a.id });
		const event = await makeEvent(hana);
		for (const [id, parent] of [
			[a.id, b.id],
			[a.id, a.id],
			[b.id, event],
			[b.id, hana.userId]
		])
			expect((await hana.request('PATCH', `${base}/projects/${id}`, { parent })).status).toBe(422);
		expect(
			(await hana.request('PATCH', `${base}/projects/${event}`, { endDate: '1999-01-01' })).status
		).toBe(422);
		expect(
			(await hana.request('PATCH', `${base}/projects/${b.id}`, { type: 'event' })).status
		).toBe(422);
	});
	it('go into the trash with everything below, closed to guests, and come back', async () => {
		const folder = await make({ type: 'folder', name: 'Weddings' });
		const event = await make({ name: 'Sara and Abel', parent: folder.id });
		const { code } = await hana.json<{ code: string }>(
			'PUT',
			`${base}/events/${event.id}/guest-access`
		);
		const guest = () => fetch(`${server.url}/api/scan/${code}`).then(({ status }) => status);
		expect(await guest()).toBe(200);
		expect((await hana.request('DELETE', `${base}/projects/${folder.id}`)).status).toBe(204);
		expect(await names(hana)).not.toContain('Sara and Abel');
		expect(await names(hana, '?status=trashed')).toContain('Sara and Abel');
		expect(await guest()).toBe(410);
		await hana.json('POST', `${base}/projects/${folder.id}/restore`);
		expect(await names(hana)).toContain('Sara and Abel');
		expect(await guest()).toBe(200);
	});
});

describe('a photographer', () => {
	it('sees what they are assigned to, at once, and never anything else', async () => {
		const dawit = await addPerson(server, hana.workspace, 'photographer');
		const folder = await make({ type: 'folder', name: 'Marathon' });
		const mine = await make({ name: 'Start', parent: folder.id });
		const other = await make({ name: 'Board meeting' });
		const desk = client(dawit, deskOf(dawit));
		await desk.synced;
		expect(onDesk(desk)).toEqual([]);
		expect(await names(dawit)).toEqual([]);
		expect(await client(dawit, `event/${mine.id}`).closed).toBe(4404);
		expect(await client(dawit, `workspace/${hana.workspace}`).closed).toBe(4404);

		expect((await assign([{ project: folder.id, user: dawit.userId }])).status).toBe(204);
		await until('the desk has it', () => onDesk(desk).length === 2);
		expect(onDesk(desk)).toEqual([folder.id, mine.id].sort());
		expect((await names(dawit)).sort()).toEqual(['Marathon', 'Start']);
		const event = client(dawit, `event/${mine.id}`);
		await event.synced;
		const facts = photoFacts(dawit.userId);
		event.doc.getMap('photos').set(facts.sha256.slice(0, 32), facts);
		await until('it is saved', () => event.saved().has(event.doc.clientID));
		expect((await dawit.request('GET', `${base}/events/${mine.id}/photos`)).status).toBe(200);
		expect((await dawit.request('GET', `${base}/events/${other.id}/photos`)).status).toBe(404);
		expect((await dawit.request('GET', `${base}/projects/${other.id}`)).status).toBe(404);

		// presets are for everybody, and changed by admins alone
		const presets = client(hana, `workspace/${hana.workspace}`);
		await presets.synced;
		const preset = { name: 'Weddings', caption: '{event}' };
		presets.doc.getMap('presets').set(randomUUID(), preset);
		await until('the preset', () => desk.doc.getMap('presets').size === 1);
		expect([...desk.doc.getMap('presets').values()]).toEqual([preset]);

		// what is renamed arrives; what is made below arrives
		await hana.json('PATCH', `${base}/projects/${mine.id}`, { name: 'The start' });
		await until(
			'the new name',
			() => desk.doc.getMap('projectFields').get(`${mine.id}/name`) === 'The start'
		);
		const finish = await make({ name: 'Finish', parent: folder.id });
		await until('the new event', () => onDesk(desk).includes(finish.id));

		// what is moved away is gone, and so is an open socket
		await hana.json('PATCH', `${base}/projects/${mine.id}`, { parent: null });
		expect(await event.closed).toBe(4404);
		await until('it left the desk', () => !onDesk(desk).includes(mine.id));
		expect(desk.doc.getMap('projectFields').get(`${mine.id}/name`)).toBeNull();
		await assign([], [{ project: folder.id, user: dawit.userId }]);
		expect(await names(dawit)).toEqual([]);
		await until('the desk is empty', () => onDesk(desk).length === 0);
		expect(JSON.stringify(desk.doc.toJSON())).not.toContain('Board meeting');
	});
	it('writes nothing on their desk, and nobody opens another one', async () => {
		const dawit = await addPerson(server, hana.workspace, 'photographer');
		const editor = await addPerson(server, hana.workspace, 'editor');
		const stranger = await otherStudio(server);
		expect(await client(editor, deskOf(dawit)).closed).toBe(4404);
		expect(await client(editor, deskOf(editor)).closed).toBe(4404);
		expect(await client(stranger, deskOf(dawit)).closed).toBe(4404);
		const event = await makeEvent(hana);
		const desk = openStockClient(server.url, dawit.cookie, deskOf(dawit));
		open.push(desk);
		await desk.synced;
		desk.doc.getMap('projects').set(event, {
			type: 'event',
			createdAt: '2026-01-01T00:00:00.000Z',
			by: dawit.userId
		});
		expect(await desk.closed).toBe(4403);
		expect((await dawit.request('GET', `${base}/events/${event}/photos`)).status).toBe(404);
	});
	it('is assigned with a team, and not without it', async () => {
		const [dawit, sara] = [
			await addPerson(server, hana.workspace, 'photographer'),
			await addPerson(server, hana.workspace, 'photographer')
		];
		const event = await makeEvent(hana, 'Team day');
		const team = await hana.json<Team>('POST', `${base}/teams`, {
			name: 'Second shooters',
			members: [dawit.userId]
		});
		expect((await hana.request('POST', `${base}/teams`, { name: 'second SHOOTERS' })).status).toBe(
			409
		);
		await assign([{ project: event, team: team.id }]);
		expect([await names(dawit), await names(sara)]).toEqual([['Team day'], []]);
		const changed = await hana.json<Team>('PATCH', `${base}/teams/${team.id}`, {
			name: 'Seconds',
			add: [sara.userId],
			remove: [dawit.userId]
		});
		expect(changed).toEqual({ id: team.id, name: 'Seconds', members: [sara.userId] });
		expect([await names(dawit), await names(sara)]).toEqual([[], ['Team day']]);
		// who leaves the workspace leaves its teams
		await hana.request('DELETE', `${base}/members/${sara.userId}`);
		const { teams } = await hana.json<{ teams: Team[] }>('GET', `${base}/teams`);
		expect(teams).toEqual([{ id: team.id, name: 'Seconds', members: [] }]);
		expect((await hana.request('DELETE', `${base}/teams/${team.id}`)).status).toBe(204);
		expect(await hana.json('GET', `${base}/assignments`)).not.toContain(team.id);
	});
	it('is assigned by admins only, to what is of this workspace', async () => {
		const dawit = await addPerson(server, hana.workspace, 'photographer');
		const editor = await addPerson(server, hana.workspace, 'editor');
		const stranger = await otherStudio(server);
		const theirs = await makeEvent(stranger);
		const mine = await makeEvent(hana);
		const wish = { assign: [{ project: mine, user: dawit.userId }] };
		expect((await editor.request('POST', `${base}/assignments`, wish)).status).toBe(403);
		for (const [project, user] of [
			[theirs, dawit.userId],
			[mine, stranger.userId]
		] as const)
			expect((await assign([{ project, user }])).status).toBe(422);
		expect(await names(dawit)).toEqual([]);
	});
	it('becomes an editor and back: devices follow', async () => {
		const dawit = await addPerson(server, hana.workspace, 'photographer');
		const desk = client(dawit, deskOf(dawit));
		await desk.synced;
		await hana.json('PUT', `${base}/members/${dawit.userId}`, { role: 'editor' });
		expect(await desk.closed).toBe(4404);
		const all = client(dawit, `workspace/${hana.workspace}`);
		await all.synced;
		await hana.json('PUT', `${base}/members/${dawit.userId}`, { role: 'photographer' });
		expect(await all.closed).toBe(4404);
	});
});
