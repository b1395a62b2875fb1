// Forgets faces: no embedding, no sidecar, no decision of them stays on the server or, at their next contact, on devices, and
// what a device finds again is not taken. That a face lay there is all that is kept, so that it stays so.
import { parseDocumentName } from '#shared/documents/names.ts';
import { AuraError } from '#shared/errors.ts';
import { faceAt, faceKey, placeOf } from '#shared/people/faces.ts';
import { joinPeople } from '#shared/people/document.ts';
import type { PersonFacts } from '#shared/people/person.ts';
import type { Change } from '#sync/relay/entries.ts';
import type { Relay } from '#sync/relay/relay.ts';
import type { Database } from '../../database/database.ts';
import type { Storage } from '../../storage/storage.ts';
import { type Doer, record } from '../audit/store.ts';
import { stripSidecar } from '../faces/sidecars.ts';
import { removeFiles } from '../files/removed.ts';
import type { MarkStored } from '../files/stored-marks.ts';
import { findProject } from '../projects/store.ts';
import { boxOf } from './listing.ts';
import { dueAgain } from './projection.ts';
import { listAppearing, listBoxes, listLeft } from './store.ts';

export interface ForgetPorts {
	database: Database;
	relay: Relay;
	storage: Storage;
	markStored: MarkStored;
}

/** Keys of an event's document that are written in one edit: it must not hold up a room. */
const AT_ONCE = 200;
/** Photos whose sidecars one sweep writes anew. */
const SWEEP = 2_000;

/** What clears everything that was said of these faces. */
function decisionsOf(
	decisions: { root: string; keys: Iterable<readonly [string, unknown]> }[],
	boxes: ReadonlyMap<string, { x: number; y: number; width: number; height: number }[]>,
	faces: ReadonlySet<string>
): Change[] {
	const faceOf = (key: string): string => {
		const place = placeOf(key);
		const list = boxes.get(place.photo) ?? [];
		const at = faceAt(list, place);
		return at === null ? key : faceKey(place.photo, list[at]!);
	};
	return decisions.flatMap(({ root, keys }) =>
		[...keys]
			.filter(([key, value]) => value !== null && (faces.has(faceOf(key)) || isExactly(key, faces)))
			.map(([key]): Change => ({ root, key, value: null }))
	);
}
const isExactly = (key: string, faces: ReadonlySet<string>): boolean =>
	faces.has(key.split('/').slice(0, 2).join('/'));

/** @param faces keys of one event's faces */
async function forgetIn(
	{ database, relay }: ForgetPorts,
	workspace: string,
	event: string,
	faces: readonly string[]
): Promise<void> {
	const document = `event/${event}`;
	const photos = [...new Set(faces.map((face) => placeOf(face).photo))];
	const rows = await database.tenant(workspace, (queries) =>
		listBoxes(queries, workspace, event, photos)
	);
	const boxes = new Map(photos.map((photo) => [photo, [] as ReturnType<typeof boxOf>[]]));
	for (const { photo, box } of rows) boxes.get(photo)!.push(boxOf(box));
	const [identified, excluded] = await relay.read(document, ['identified', 'excluded']);
	const changes: Change[] = [
		...faces.map((key): Change => ({ root: 'forgotten', key, value: true })),
		...decisionsOf(
			[
				{ root: 'identified', keys: identified! },
				{ root: 'excluded', keys: excluded! }
			],
			boxes,
			new Set(faces)
		)
	];
	for (let at = 0; at < changes.length; at += AT_ONCE)
		await relay.edit(document, changes.slice(at, at + AT_ONCE));
	const [forgotten] = await relay.read(document, ['forgotten']);
	await relay.edit(`workspace/${workspace}`, [
		{ root: 'forgotten', key: event, value: forgotten!.size }
	]);
}

/** Writes sidecars anew that have faces which are forgotten; what a crash has left too. */
export async function stripForgotten(ports: ForgetPorts, workspace: string): Promise<void> {
	const { database, storage, markStored } = ports;
	const left = await database.tenant(workspace, (queries) => listLeft(queries, workspace, SWEEP));
	const events = new Set(left.map(({ event }) => event));
	for (const { event, photo, createdBy } of left) {
		const project = await database.tenant(workspace, (queries) =>
			findProject(queries, workspace, event)
		);
		if (!project) continue;
		if (await stripSidecar(database, storage, { workspace, event, photo }, project, createdBy))
			await markStored(workspace, event, photo);
	}
	if (events.size === 0) return;
	await database.tenant(workspace, (queries) => dueAgain(queries, workspace, [...events]));
	await removeFiles(database, storage, workspace);
}

/** @param faces by event */
async function forgetAll(
	ports: ForgetPorts,
	workspace: string,
	faces: ReadonlyMap<string, readonly string[]>
): Promise<void> {
	for (const [event, keys] of faces) await forgetIn(ports, workspace, event, keys);
	await stripForgotten(ports, workspace);
}

/**
 * Forgets faces of one event.
 * @returns how many there were
 */
export async function forgetFaces(
	ports: ForgetPorts,
	doer: Doer,
	event: { id: string; name: string },
	faces: readonly string[]
): Promise<number> {
	const { workspace } = doer;
	const known = await ports.database.tenant(workspace, (queries) =>
		listBoxes(queries, workspace, event.id, [...new Set(faces.map((face) => placeOf(face).photo))])
	);
	// by the centres of the faces that are there: what is near a face means it
	const found = new Set<string>();
	for (const face of faces) {
		const place = placeOf(face);
		const list = known.filter(({ photo }) => photo === place.photo).map(({ box }) => boxOf(box));
		const at = faceAt(list, place);
		found.add(at === null ? face : faceKey(place.photo, list[at]!));
	}
	await forgetAll(ports, workspace, new Map([[event.id, [...found]]]));
	await ports.database.tenant(workspace, (queries) =>
		record(queries, doer, {
			action: 'face.forget',
			subject: event.name,
			after: { faces: found.size }
		})
	);
	return found.size;
}

/**
 * Forgets a person: their faces in all events, by what was said and by likeness, their name, and that there was somebody.
 * @throws AuraError not_found
 */
export async function forgetPerson(
	ports: ForgetPorts,
	doer: Doer,
	id: string
): Promise<{ faces: number; events: number }> {
	const { workspace } = doer;
	const document = `workspace/${workspace}`;
	const [facts, fields] = await ports.relay.read(document, ['people', 'personFields']);
	const { people, standsFor } = joinPeople(
		facts as Map<string, PersonFacts | null>,
		fields as Map<string, unknown>
	);
	const person = standsFor(id);
	if (!people.has(person)) throw new AuraError('not_found', 'There is no such person.');
	const ids = [...facts!.keys()].filter((each) => standsFor(each) === person);
	const rows = await ports.database.tenant(workspace, (queries) =>
		listAppearing(queries, workspace, ids)
	);
	const faces = new Map<string, string[]>();
	for (const { event, photo, box } of rows)
		faces.set(event, [...(faces.get(event) ?? []), faceKey(photo, boxOf(box))]);
	await forgetAll(ports, workspace, faces);
	const gone = new Set(ids);
	await ports.relay.edit(document, [
		...[...fields!]
			.filter(([key, value]) => value !== null && gone.has(key.split('/')[0]!))
			.map(([key]): Change => ({ root: 'personFields', key, value: null })),
		...ids.map((key): Change => ({ root: 'people', key, value: null }))
	]);
	// without the name, which is forgotten too
	await ports.database.tenant(workspace, (queries) =>
		record(queries, doer, {
			action: 'person.forget',
			subject: 'a person',
			after: { faces: rows.length, events: faces.size }
		})
	);
	return { faces: rows.length, events: faces.size };
}

/** How soon it is looked after a workspace's document has changed, ms. */
const WAIT_MS = 1_000;

/** Empties events as soon as somebody says that faces are not looked for on their photos. */
export function createEmptying(
	ports: ForgetPorts,
	report: (error: unknown) => void
): { changed(document: string): void; stop(): Promise<void> } {
	const timers = new Map<string, NodeJS.Timeout>();
	let isStopped = false;
	let running: Promise<void> = Promise.resolve();
	return {
		changed(document) {
			const name = parseDocumentName(document);
			if (name?.kind !== 'workspace' || timers.has(name.id) || isStopped) return;
			const timer = setTimeout(() => {
				timers.delete(name.id);
				running = running
					.then(() => (isStopped ? undefined : stripForgotten(ports, name.id)))
					.catch((error: unknown) => void (isStopped || report(error)));
			}, WAIT_MS);
			timers.set(name.id, timer.unref());
		},
		async stop() {
			isStopped = true;
			for (const timer of timers.values()) clearTimeout(timer);
			await running;
		}
	};
}
