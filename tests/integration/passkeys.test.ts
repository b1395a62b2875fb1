// What a hostile answer meets; a real authenticator signs in tests/e2e/team.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Session, setUp } from '../support/client.ts';
import { addPerson } from '../support/people.ts';
import { type TestServer, startTestServer } from '../support/server.ts';

let server: TestServer;
let hana: Session;

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
});
afterAll(() => server.stop());

const b64 = (text: string) => Buffer.from(text).toString('base64url');
const clientData = (challenge: string, type: string) =>
	b64(JSON.stringify({ type, challenge, origin: server.url, crossOrigin: false }));
const challengeOf = async (session: Session, path: string) =>
	(await session.json<{ challenge: string }>('POST', path)).challenge;
const login = (body: object) => hana.request('POST', '/api/auth/passkeys/login', body);
const answer = (challenge: string, id = 'AAAA') => ({
	id,
	rawId: id,
	type: 'public-key',
	clientExtensionResults: {},
	response: {
		clientDataJSON: clientData(challenge, 'webauthn.get'),
		authenticatorData: b64('x'.repeat(37)),
		signature: b64('signature')
	}
});

it('signs nobody in by an unknown or forged passkey', async () => {
	const challenge = await challengeOf(hana, '/api/auth/passkeys/login/options');
	expect((await login(answer(challenge))).status).toBe(401);
	await server.database.query(
		`insert into passkeys (id, user_id, public_key, counter, name) values ('BBBB', $1, $2, 0, 'Forged')`,
		[hana.userId, new Uint8Array(77)]
	);
	expect((await login(answer(challenge, 'BBBB'))).status).toBe(401);
	const untouched = await challengeOf(hana, '/api/auth/passkeys/login/options');
	expect((await login({ id: 'BBBB' })).status).toBe(422);
	expect((await login({ ...answer(untouched, 'BBBB'), response: {} })).status).toBe(422);
});

it('takes no answer to a question that somebody else was asked', async () => {
	const other = await addPerson(server, hana.workspace, 'viewer');
	const challenge = await challengeOf(other, '/api/auth/passkeys/options');
	const made = await hana.request('POST', '/api/auth/passkeys', {
		id: 'CCCC',
		rawId: 'CCCC',
		type: 'public-key',
		clientExtensionResults: {},
		response: {
			clientDataJSON: clientData(challenge, 'webauthn.create'),
			attestationObject: b64('nothing')
		}
	});
	expect(made.status).toBe(422);
	const [row] = await server.database.query(
		`select 1 from passkey_challenges where challenge = $1`,
		[challenge]
	);
	expect(row).toBeTruthy();
});

it("removes one's own alone", async () => {
	const other = await addPerson(server, hana.workspace, 'viewer');
	expect((await other.request('DELETE', '/api/auth/passkeys/BBBB')).status).toBe(404);
	expect((await hana.request('DELETE', '/api/auth/passkeys/BBBB')).status).toBe(204);
});

it('reported no unexpected failure', () => {
	expect(server.reports).toEqual([]);
});
