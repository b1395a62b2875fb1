// Forgets faces: no embedding, no sidecar, no decision of them stays on the server or, at their next contact, on devices, and
// what a device finds again is not taken. That a face lay there is all that is kept, so that it stays so.
import { parseDocumentName } from '#shared/documents/names.ts';
import { AuraError } from '#shared/errors.ts';
import { boxOf, faceAt, faceKey, placeOf } from '#shared/people/faces.ts';
import type { Box } from '#shared/faces/sidecar.ts';
import type { Project } from '#shared/projects/project.ts';
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
import { dueAgain } from './projection.ts';
import { listAppearing, listBoxes, listLeft } from './store.ts';

export interface StripPorts {
	database: Database;
	storage: Storage;
	markStored: MarkStored;
}
export interface ForgetPorts extends StripPorts {
	relay: Relay;
	/** finds out now who is on which photo, in all events */
	catchUp(workspace: string): Promise<void>;
}

/** Keys of an event's document that are written in one edit: it must not hold up a room. */
const AT_ONCE = 200;
/** Photos whose sidecars are looked up at a time. */
const SWEEP = 2_000;

/**
 * Forgets the faces that lie at these places of one event, and everything that was said of them.
 * @returns how many there were
 */
async function forgetIn(
	{ database, relay }: ForgetPorts,
	workspace: string,
	event: string,
	places: readonly string[]
): Promise<number> {
	const document = `event/${event}`;
	const photos = [...new Set(places.map((place) => placeOf(place).photo))];
	const rows = await database.tenant(workspace, (queries) =>
		listBoxes(queries, workspace, event, photos)
	);
	const boxes = new Map<string, Box[]>();
	for (const { photo, box } of rows) boxes.set(photo, [...(boxes.get(photo) ?? []), boxOf(box)]);
	/** the face that is meant, by its own centre */
	const faceOf = (key: string): string => {
		const place = placeOf(key);
		const list = boxes.get(place.photo) ?? [];
		const at = faceAt(list, place);
		return at === null ? key.split('/').slice(0, 2).join('/') : faceKey(place.photo, list[at]!);
	};
	const faces = new Set(places.map(faceOf));
	const said = ['identified', 'excluded'];
	const decisions = await relay.read(document, said);
	const changes: Change[] = [
		...[...faces].map((key): Change => ({ root: 'forgotten', key, value: true })),
		...decisions.flatMap((keys, at) =>
			[...keys]
				.filter(([key, value]) => value !== null && faces.has(faceOf(key)))
				.map(([key]): Change => ({ root: said[at]!, key, value: null }))
		)
	];
	for (let at = 0; at < changes.length; at += AT_ONCE)
		await relay.edit(document, changes.slice(at, at + AT_ONCE));
	const [forgotten] = await relay.read(document, ['forgotten']);
	await relay.edit(`workspace/${workspace}`, [
		{ root: 'forgotten', key: event, value: forgotten!.size }
	]);
	return faces.size;
}

/** Writes sidecars anew that have faces which are forgotten; what a crash has left too. */
export async function stripForgotten(ports: StripPorts, workspace: string): Promise<void> {
	const { database, storage, markStored } = ports;
	const projects = new Map<string, Project | null>();
	const done = new Set<string>();
	for (;;) {
		const left = await database.tenant(workspace, (queries) => listLeft(queries, workspace, SWEEP));
		// what is there again at once is another one's work, and comes with the next sweep
		const fresh = left.filter(({ event, photo }) => !done.has(`${event}/${photo}`));
		if (fresh.length === 0) break;
		for (const { event, photo, createdBy } of fresh) {
			done.add(`${event}/${photo}`);
			if (!projects.has(event))
				projects.set(
					event,
					await database.tenant(workspace, (queries) => findProject(queries, workspace, event))
				);
			const project = projects.get(event);
			if (!project) continue;
			await stripSidecar(database, storage, { workspace, event, photo }, project, createdBy);
			await markStored(workspace, event, photo);
		}
	}
	if (done.size === 0) return;
	await database.tenant(workspace, (queries) => dueAgain(queries, workspace, [...projects.keys()]));
	await removeFiles(database, storage, workspace);
}

/**
 * Forgets faces of one event.
 * @returns how many there were
 */
export async function forgetFaces(
	ports: ForgetPorts,
	doer: Doer,
	event: { id: string; name: string },
	places: readonly string[]
): Promise<number> {
	const { workspace } = doer;
	const faces = await forgetIn(ports, workspace, event.id, places);
	await stripForgotten(ports, workspace);
	await ports.database.tenant(workspace, (queries) =>
		record(queries, doer, { action: 'face.forget', subject: event.name, after: { faces } })
	);
	return faces;
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
	// named a moment ago, they may be on photos that nobody has looked through since
	await ports.catchUp(workspace);
	const rows = await ports.database.tenant(workspace, (queries) =>
		listAppearing(queries, workspace, ids)
	);
	const faces = new Map<string, string[]>();
	for (const { event, photo, box } of rows)
		faces.set(event, [...(faces.get(event) ?? []), faceKey(photo, boxOf(box))]);
	for (const [event, places] of faces) await forgetIn(ports, workspace, event, places);
	await stripForgotten(ports, workspace);
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
	ports: StripPorts,
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
