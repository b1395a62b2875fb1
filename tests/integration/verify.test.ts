import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { repairStorage, verifyStorage } from '../../server/features/files/verify.ts';
import { type Session, makeEvent, setUp } from '../support/client.ts';
import { padded } from '../support/noise.ts';
import { samplePhoto } from '../support/paths.ts';
import { type TestServer, startTestServer } from '../support/server.ts';
import { type Content, hashOf, isEqual, readStored, sendFile } from '../support/upload.ts';

let server: TestServer;
let hana: Session;
let event: string;
const sample = new Uint8Array(readFileSync(samplePhoto(1)));
const files: Content[] = [];
/** where each lies, by photo */
const paths = new Map<string, string>();
const pathOf = ({ photo }: Content) => paths.get(photo)!;

beforeAll(async () => {
	server = await startTestServer();
	hana = await setUp(server);
	event = await makeEvent(hana);
	for (let seed = 0; seed < 4; seed++) {
		const bytes = padded(sample, 300_000, seed);
		files.push({ event, photo: hashOf(bytes).slice(0, 32), kind: 'original', bytes });
		expect(await sendFile(hana, files[seed]!)).toBeNull();
	}
	const folder = `files/${hana.workspace}/2026/${event}/originals`;
	for (const name of await server.storage.list(folder))
		paths.set(name.split('.')[0]!, `${folder}/${name}`);
});
afterAll(() => server.stop());

const verify = (given = {}) => verifyStorage(server.database, server.storage, given);
const TWO_DAYS = 2 * 24 * 60 * 60 * 1000;

it('finds nothing where everything is in order', async () => {
	const sum = files.reduce((all, file) => all + file.bytes.length, 0);
	const { files: count, bytes, differences } = await verify({ isDeep: true });
	expect({ count, bytes, differences }).toEqual({ count: 4, bytes: sum, differences: [] });
});

it('finds what is lost, cut, damaged, and what nothing refers to; repaired, devices send it again', async () => {
	const [lost, cut, damaged] = files as [Content, Content, Content];
	await server.storage.remove(pathOf(lost));
	await server.storage.put(pathOf(cut), [cut.bytes.slice(0, 1_000)]);
	const wrong = damaged.bytes.slice();
	wrong[5_000]! ^= 1;
	await server.storage.put(pathOf(damaged), [wrong]);
	const stray = `files/${hana.workspace}/2020/gone/originals/x.jpg`;
	await server.storage.put(stray, [new Uint8Array(3)]);

	const found = async (given = {}) =>
		(await verify(given)).differences.map(({ fault, path }) => `${fault} ${path}`).sort();
	// what is young may belong to a commit that is under way
	expect(await found()).toEqual([`cut ${pathOf(cut)}`, `lost ${pathOf(lost)}`]);
	const later = { isDeep: true, now: () => Date.now() + TWO_DAYS };
	const all = [
		`cut ${pathOf(cut)}`,
		`damaged ${pathOf(damaged)}`,
		`lost ${pathOf(lost)}`,
		`stray ${stray}`
	];
	expect(await found(later)).toEqual(all);

	const { differences } = await verify(later);
	const told: string[] = [];
	await repairStorage(
		server.database,
		server.storage,
		async (workspace, of, photo) => {
			expect([workspace, of]).toEqual([hana.workspace, event]);
			told.push(photo);
		},
		differences
	);
	expect(told.sort()).toEqual([lost, cut, damaged].map(({ photo }) => photo).sort());
	expect(await found(later)).toEqual([]);
	for (const file of [lost, cut, damaged]) {
		expect(await sendFile(hana, file)).toBeNull();
		expect(isEqual(await readStored(hana, file), file.bytes)).toBe(true);
	}
	expect(await found({ isDeep: true })).toEqual([]);
	expect(server.reports).toEqual([]);
});
