// Requests with an Idempotency-Key are carried out once.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Session, makeEvent, setUp } from '../support/client.ts';
import { addPerson } from '../support/people.ts';
import { type TestServer, startTestServer } from '../support/server.ts';

let server: TestServer;
let hana: Session;

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
});
afterAll(() => server.stop());

const at = (path: string) => `/api/workspaces/${hana.workspace}${path}`;
const withKey = (key: string) => ({ 'idempotency-key': key });
const invite = (email: string, key: string, by = hana, role = 'editor') =>
	by.request('POST', at('/invitations'), { email, role }, withKey(key));
const openInvitations = async () =>
	(await hana.json<{ invitations: unknown[] }>('GET', at('/invitations'))).invitations.length;

it('answers a repeated request with its first answer, to the letter', async () => {
	const key = randomUUID();
	const first = await invite('selam@example.com', key);
	expect(first.status).toBe(201);
	const said = await first.text();
	const again = await invite('selam@example.com', key);
	expect(again.status).toBe(201);
	expect(await again.text()).toBe(said);
	expect(await openInvitations()).toBe(1);
	// another key is another request
	expect((await invite('selam@example.com', randomUUID())).status).toBe(409);
});

it('keeps refusals as well: what was refused does not happen later', async () => {
	const key = randomUUID();
	const refused = await invite('selam@example.com', key);
	expect(refused.status).toBe(409);
	const [{ id }] = (await hana.json<{ invitations: [{ id: string }] }>('GET', at('/invitations')))
		.invitations;
	expect((await hana.request('DELETE', at(`/invitations/${id}`))).status).toBe(204);
	const again = await invite('selam@example.com', key);
	expect(again.status).toBe(409);
	expect(await again.json()).toMatchObject({ code: 'conflict' });
	expect(await openInvitations()).toBe(0);
});

it('carries one out when many come at once', async () => {
	const key = randomUUID();
	const answers = await Promise.all(
		Array.from({ length: 8 }, () => invite('dawit@example.com', key))
	);
	const statuses = answers.map(({ status }) => status);
	expect(statuses.filter((status) => status === 201).length).toBeGreaterThan(0);
	for (const answer of answers.filter(({ status }) => status !== 201))
		expect(await answer.json()).toMatchObject({ reason: 'running' });
	expect(await openInvitations()).toBe(1);
});

it('answers a deletion that was done with done', async () => {
	const event = await makeEvent(hana);
	const path = at(`/events/${event}/guest-access`);
	await hana.json('PUT', path, undefined);
	const key = randomUUID();
	for (let time = 0; time < 2; time++)
		expect((await hana.request('DELETE', path, undefined, withKey(key))).status).toBe(204);
});

it('refuses a key for another request, and one that is none', async () => {
	const key = randomUUID();
	expect((await invite('abel@example.com', key)).status).toBe(201);
	const other = await invite('abel@example.com', key, hana, 'viewer');
	expect(other.status).toBe(422);
	expect(await other.json()).toMatchObject({ code: 'invalid' });
	for (const bad of ['short', 'x'.repeat(129), 'with spaces in it'])
		expect((await invite('sara@example.com', bad)).status, bad).toBe(422);
});

it("does not answer with somebody else's answer", async () => {
	const key = randomUUID();
	const mimi = await addPerson(server, hana.workspace, 'admin');
	expect((await invite('first@example.com', key)).status).toBe(201);
	expect((await invite('first@example.com', key, mimi)).status).toBe(409);
});

it('does not keep what may end otherwise the next time, nor answers of a dead process for ever', async () => {
	const key = randomUUID();
	// a process took the request up and died
	await invite('gone@example.com', key);
	await server.database.query(
		`update command_answers set answer = null, at = now() - interval '30 seconds'
		 where at = (select max(at) from command_answers)`
	);
	expect(await (await invite('gone@example.com', key)).json()).toMatchObject({ reason: 'running' });
	await server.database.query(
		`update command_answers set at = now() - interval '61 seconds' where answer is null`
	);
	// it is carried out again, and says what became of it
	expect((await invite('gone@example.com', key)).status).toBe(409);
	const [row] = await server.database.query<{ count: number }>(
		`select count(*)::int as count from command_answers where answer is null`
	);
	expect(row!.count).toBe(0);
});

it('does not show answers to whoever reads the table', async () => {
	await invite('sealed@example.com', randomUUID());
	const rows = await server.database.query<{ answer: Uint8Array }>(
		`select answer from command_answers where answer is not null`
	);
	for (const { answer } of rows)
		expect(Buffer.from(answer).toString('latin1')).not.toContain('invitations');
});
