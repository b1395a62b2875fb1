// Faces that devices send to a server, and what people say of them, for tests: what is exported is of the test's own file.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { type Box, writeSidecar } from '#shared/faces/sidecar.ts';
import type { ListedPerson, PersonPage } from '#shared/people/listing.ts';
import { seededRandom } from '../simulation/world.ts';
import {
	type Session,
	type StockClient,
	makeEvent,
	openStockClient,
	photoFacts,
	setUp,
	until
} from './client.ts';
import { type TestServer, startTestServer } from './server.ts';
import { sendFile } from './upload.ts';

const random = seededRandom(11);
export let server: TestServer;
export let hana: Session;
export let studio: StockClient;
export let event: string;
export let client: StockClient;
let open: StockClient[] = [];

export const at = (path: string) => `/api/workspaces/${hana.workspace}${path}`;
const direction = (length: number): Float32Array => {
	const vector = Float32Array.from({ length: defaultEmbedder.dimensions }, () => random() - 0.5);
	const norm = Math.hypot(...vector);
	return vector.map((value) => (value / norm) * length);
};
/** How somebody looks, and a photo of them. */
export const looks = () => direction(1.4);
const shot = (look: Float32Array): Float32Array => {
	const noise = direction(0.2);
	return look.map((value, d) => value + noise[d]!);
};
export const left: Box = { x: 0.1, y: 0.2, width: 0.2, height: 0.3 };
export const right: Box = { x: 0.6, y: 0.2, width: 0.1, height: 0.15 };

/** A photo with faces, as a device sends it. @returns its id */
export async function send(
	of: { event: string; client: StockClient },
	faces: { look: Float32Array; box: Box }[],
	changes: Record<string, unknown> = {}
): Promise<string> {
	const facts = photoFacts(hana.userId, changes);
	const photo = facts.sha256.slice(0, 32);
	of.client.doc.getMap('photos').set(photo, facts);
	await sendFaces(of, photo, faces);
	return photo;
}
export async function sendFaces(
	of: { event: string; client: StockClient },
	photo: string,
	faces: { look: Float32Array; box: Box }[]
): Promise<void> {
	const bytes = writeSidecar(
		{
			model: defaultEmbedder.id,
			faces: faces.map(({ look, box }) => ({
				box,
				landmarks: Array.from({ length: 12 }, () => 0.5),
				score: 0.9,
				quality: 0.8,
				embedding: shot(look)
			}))
		},
		defaultEmbedder.dimensions
	);
	await until('it is sent', async () => {
		const outcome = await sendFile(hana, { event: of.event, photo, kind: 'faces', bytes });
		return outcome === null;
	});
}
export const group = async (...events: string[]) => {
	for (const each of events) await server.appearances.make(hana.workspace, each);
};
export const saved = (of: StockClient) =>
	until('it is saved', () => {
		const { clientID, store } = of.doc;
		return (of.saved().get(clientID) ?? 0) >= (store.clients.get(clientID)?.length ?? 0);
	});
export async function name(face: string, called: string, of = client): Promise<string> {
	const id = randomUUID();
	studio.doc.getMap('people').set(id, { by: hana.userId, createdAt: '2026-01-19T00:00:00.000Z' });
	studio.doc.getMap('personFields').set(`${id}/name`, called);
	of.doc.getMap('identified').set(face, id);
	await Promise.all([saved(studio), saved(of)]);
	return id;
}
export const people = (who = hana) => who.json<ListedPerson[]>('GET', at('/people'));
export const photosOf = async (person: string, who = hana) =>
	(await who.json<PersonPage>('GET', at(`/people/${person}`))).appearances.map(
		({ photo }) => photo
	);
export const openDocument = (name: string, who = hana) => {
	const opened = openStockClient(server.url, who.cookie, name, { aura: true });
	open.push(opened);
	return opened;
};
export async function another(called: string): Promise<{ event: string; client: StockClient }> {
	const id = await makeEvent(hana, called);
	const opened = openDocument(`event/${id}`);
	await opened.synced;
	return { event: id, client: opened };
}

/** A server with a studio and an event for each test of the file that calls this. */
export function faceStudio(): void {
	beforeAll(async () => {
		server = await startTestServer();
		hana = await setUp(server);
	});
	beforeEach(async () => {
		studio = openDocument(`workspace/${hana.workspace}`);
		await studio.synced;
		({ event, client } = await another('Wedding'));
	});
	afterEach(() => {
		open.forEach((each) => each.destroy());
		open = [];
		expect(server.reports).toEqual([]);
	});
	afterAll(() => server.stop());
}
