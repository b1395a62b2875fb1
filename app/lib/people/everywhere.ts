// Photos with a face in all events: those that this device knows of, without a network, and those that the server finds.
import { type Remote, wrap } from 'comlink';
import { type Embedder, defaultEmbedder } from '#shared/faces/models.ts';
import { readSidecar } from '#shared/faces/sidecar.ts';
import { faceAt, placeOf } from '#shared/people/faces.ts';
import { addressOf } from '../api/client.ts';
import type { DeviceDatabase } from '../device/database.ts';
import { modelInUse } from '../faces/model-in-use.ts';
import MatchWorkerClass from './match.worker.ts?worker';
import type { MatchWorker } from './match.worker.ts';

/** A photo with the wanted face. */
export interface Found {
	event: string;
	photo: string;
	/** `<photo>/<x>,<y>` */
	face: string;
	/** what the server knows of the photo; absent: only this device has found it */
	facts?: { name: string; width: number; height: number };
}
export interface Merged extends Found {
	origin: 'device' | 'server' | 'both';
}

/** The face that is looked for. */
export interface Probe {
	model: Embedder;
	embedding: Float32Array;
}

/** Sidecars that the worker is given at a time. */
const BATCH = 200;

/** @returns null where its sidecar is neither here nor on the server, or has no such face @throws when the server cannot be asked */
export async function probeOf(
	database: DeviceDatabase,
	workspace: string,
	event: string,
	face: string
): Promise<Probe | null> {
	const place = placeOf(face);
	const row = await database.sidecars.get([event, place.photo]);
	let bytes: Uint8Array | undefined = row?.bytes;
	if (!bytes) {
		const params = { workspace, event, photo: place.photo, kind: 'faces' };
		const response = await fetch(
			addressOf(
				'GET /api/workspaces/{workspace}/events/{event}/photos/{photo}/files/{kind}',
				params
			)
		);
		if (!response.ok) return null;
		bytes = new Uint8Array(await response.arrayBuffer());
	}
	const sidecar = readSidecar(bytes, 'any');
	const at = faceAt(
		sidecar.faces.map(({ box }) => box),
		place
	);
	const inUse = await modelInUse(database, workspace);
	const model = [inUse, defaultEmbedder].find(({ id }) => id === sidecar.model);
	return at === null || !model ? null : { model, embedding: sidecar.faces[at]!.embedding };
}

/** Looks through what this device has of these events, nearest first. */
export async function findHere(
	database: DeviceDatabase,
	probe: Probe,
	events: ReadonlySet<string>
): Promise<Found[]> {
	const worker = new MatchWorkerClass();
	const remote: Remote<MatchWorker> = wrap<MatchWorker>(worker);
	try {
		const found: (Found & { distance: number })[] = [];
		const keys = await database.sidecars.toCollection().primaryKeys();
		const wanted = keys.filter(([event]) => events.has(event));
		for (let at = 0; at < wanted.length; at += BATCH) {
			const rows = await database.sidecars.bulkGet(wanted.slice(at, at + BATCH));
			found.push(
				...(await remote.match(
					probe,
					rows.filter((row) => row !== undefined)
				))
			);
		}
		return found
			.sort((a, b) => a.distance - b.distance || (a.photo < b.photo ? -1 : 1))
			.map(({ distance: _, ...rest }) => rest);
	} finally {
		worker.terminate();
	}
}

/**
 * Each photo of an event once. What the device found comes first, in its order, then what the server alone found, in its own: nothing
 * moves when the server answers.
 */
export function mergeFound(here: readonly Found[], server: readonly Found[]): Merged[] {
	const keyOf = ({ event, photo }: Found) => `${event}/${photo}`;
	const byServer = new Map(server.map((each) => [keyOf(each), each]));
	const known = new Set(here.map(keyOf));
	return [
		...here.map((each): Merged => {
			const same = byServer.get(keyOf(each));
			return same ? { ...each, ...same, origin: 'both' } : { ...each, origin: 'device' };
		}),
		...server
			.filter((each) => !known.has(keyOf(each)))
			.map((each): Merged => ({ ...each, origin: 'server' }))
	];
}
