// Finds out who is on the photos of an event, whenever its faces or what people said of them have changed: groups faces as
// devices do, with what was said, and with a few faces of everybody who was named in other events of the workspace.
import type { FaceGroup } from '#shared/people/cluster.ts';
import type { Embedder } from '#shared/faces/models.ts';
import { parseDocumentName } from '#shared/documents/names.ts';
import { shareOf, standingFor, toldOf } from '#shared/people/faces.ts';
import type { Database, Queries } from '../../database/database.ts';
import type { Thread } from '../../thread.ts';
import { modelInUse } from '../faces/models.ts';
import { type FaceRow, type GroupRequest, HELD_EVENTS } from './grouper.ts';
import {
	type Appearance,
	type FoundFace,
	finish,
	findOwner,
	listDecisions,
	listDue,
	listEmbeddings,
	listFaces,
	listKnown,
	listPeople,
	listTrashedIds,
	reasonsFor,
	replaceAppearances
} from './store.ts';

export interface Appearances {
	/** A document has changed, and with it perhaps who is on its photos: it is looked in a while. */
	changed(document: string): void;
	/** Hears of workspaces on whose photos other people are now. */
	onPeople(hear: (workspace: string) => void): void;
	/** Makes up for what a crash kept from being made, and for those who were named in other events. */
	sweep(workspace: string): Promise<void>;
	/** Brings all events up to date at once. */
	catchUp(workspace: string): Promise<void>;
	/** Brings an event up to date at once. */
	make(workspace: string, event: string): Promise<void>;
	stop(): Promise<void>;
}

/** Others' photos come meanwhile: all are grouped at once, ms. */
const WAIT_MS = 2_000;
/** It is grouped no more often than costs a part of the time. */
const REST = 10;
/** Faces of a person who is known from other events, each. */
const KNOWN = 3;
/** Photos whose embeddings are read at a time. */
const PAGE = 500;

const idOf = ({ photo, face }: { photo: string; face: number }) => `${photo}/${face}`;
/** A face of another event, among those of this one. */
const knownId = (id: string) => `known:${id}`;

/** Largest first within each photo. */
function ranks(faces: readonly FoundFace[]): Map<string, number> {
	const byPhoto = new Map<string, FoundFace[]>();
	for (const face of faces) byPhoto.set(face.photo, [...(byPhoto.get(face.photo) ?? []), face]);
	const area = ({ box }: FoundFace) => box.width * box.height;
	const rank = new Map<string, number>();
	for (const list of byPhoto.values())
		for (const [at, face] of list.sort((a, b) => area(b) - area(a) || a.face - b.face).entries())
			rank.set(idOf(face), at + 1);
	return rank;
}

/** Rows of whoever is somebody. @param said faces of this event that people named */
function rowsOf(
	groups: readonly FaceGroup[],
	faces: readonly FoundFace[],
	said: ReadonlyMap<string, string>
): Appearance[] {
	const byId = new Map(faces.map((face) => [idOf(face), face]));
	const rank = ranks(faces);
	return groups.flatMap(({ person, faces: ids }) => {
		if (person === null) return [];
		const isOfHere = ids.some((id) => said.has(id));
		return ids.flatMap((id) => {
			const face = byId.get(id);
			if (!face) return [];
			const { x, y, width, height } = face.box;
			return [
				{
					photo: face.photo,
					face: face.face,
					person,
					box: [x, y, width, height],
					share: shareOf(face.box),
					rank: rank.get(id)!,
					origin: said.has(id) ? 'said' : isOfHere ? 'grouped' : 'known'
				} satisfies Appearance
			];
		});
	});
}

export function createAppearances(
	database: Database,
	thread: Thread<GroupRequest, FaceGroup[]>,
	report: (error: unknown) => void
): Appearances {
	/** what the thread holds of each event, the one that was asked for last at the end: photos by their sidecar, known faces */
	const held = new Map<
		string,
		{ life: number; way: string; photos: Map<string, string>; known: Set<string> }
	>();
	const timers = new Map<string, NodeJS.Timeout>();
	const rests = new Map<string, number>();
	const hearers: ((workspace: string) => void)[] = [];
	let turn: Promise<void> = Promise.resolve();
	let isStopped = false;

	/** Reads what the thread lacks of an event. */
	const lacking = async (
		workspace: string,
		event: string,
		{ id: model, threshold }: Embedder,
		faces: readonly FoundFace[]
	) => {
		const way = `${model} ${threshold}`;
		const stamps = new Map(faces.map(({ photo, sidecar }) => [photo, sidecar]));
		let mine = held.get(event);
		const isGone = ([photo, sidecar]: [string, string]) => stamps.get(photo) !== sidecar;
		const isAnew =
			!mine || mine.life !== thread.life || mine.way !== way || [...mine.photos].some(isGone);
		if (!mine || isAnew) mine = { life: thread.life, way, photos: new Map(), known: new Set() };
		held.delete(event);
		held.set(event, mine);
		if (held.size > HELD_EVENTS) held.delete(held.keys().next().value!);
		const photos = [...stamps.keys()].filter((photo) => !mine.photos.has(photo));
		const qualities = new Map(faces.map((face) => [idOf(face), face.quality]));
		const rows: FaceRow[] = [];
		for (let at = 0; at < photos.length; at += PAGE) {
			const page = photos.slice(at, at + PAGE);
			const found = await database.tenant(workspace, (queries) =>
				listEmbeddings(queries, workspace, event, model, page)
			);
			for (const { embedding, ...face } of found) {
				const quality = qualities.get(idOf(face));
				// one that was found a moment ago comes with the next time
				if (quality !== undefined)
					rows.push({ id: idOf(face), photo: face.photo, quality, embedding });
			}
			for (const photo of page) mine.photos.set(photo, stamps.get(photo)!);
		}
		return { isAnew, rows, mine };
	};

	const read = (workspace: string, event: string, model: string) =>
		database.tenant(workspace, async (queries: Queries) => ({
			people: await listPeople(queries, workspace),
			faces: await listFaces(queries, workspace, event, model),
			trashed: await listTrashedIds(queries, workspace, event),
			decisions: await listDecisions(queries, workspace, event),
			known: await listKnown(queries, workspace, event, model, KNOWN)
		}));

	const makeNow = async (workspace: string, event: string) => {
		const reasons = await database.tenant(workspace, (queries) =>
			reasonsFor(queries, workspace, event)
		);
		if (reasons.length === 0) return;
		const embedder = await modelInUse(database, workspace);
		const { people, faces, trashed, decisions, known } = await read(workspace, event, embedder.id);
		const into = new Map(people.map(({ id, merged_into }) => [id, merged_into]));
		const standsFor = standingFor((id) => into.get(id));
		const byPhoto = new Map<string, FoundFace[]>();
		for (const face of faces) byPhoto.set(face.photo, [...(byPhoto.get(face.photo) ?? []), face]);
		const { is, isNot } = toldOf(
			{
				identified: decisions.flatMap(({ key, person, is }) =>
					is ? [[key, person] as const] : []
				),
				excluded: decisions.flatMap(({ key, is }) => (is ? [] : [[key, true] as const]))
			},
			(photo) => {
				const list = byPhoto.get(photo) ?? [];
				return { boxes: list.map(({ box }) => box), ids: list.map(idOf) };
			},
			standsFor
		);
		const { isAnew, rows, mine } = await lacking(workspace, event, embedder, faces);
		const all = new Map(is);
		const here = new Set<string>();
		for (const { id, person, quality, embedding } of known) {
			const face = knownId(id);
			all.set(face, standsFor(person));
			here.add(face);
			if (!mine.known.has(face)) rows.push({ id: face, photo: face, quality, embedding });
			mine.known.add(face);
		}
		const groups = await thread.ask({
			...{ event, isAnew, threshold: embedder.threshold, faces: rows },
			without: [...trashed, ...[...mine.known].filter((face) => !here.has(face))],
			is: [...all],
			isNot: [...isNot].map(([face, others]) => [face, [...others]])
		});
		let isChanged = false;
		await database.tenant(workspace, async (queries) => {
			// another process may have made them meanwhile
			if (!(await finish(queries, workspace, reasons))) return;
			isChanged = await replaceAppearances(queries, workspace, event, rowsOf(groups, faces, is));
		});
		if (isChanged) for (const hear of hearers) hear(workspace);
	};

	/** One event after the other: they share the thread. */
	const make = (workspace: string, event: string): Promise<void> => {
		const now = turn.then(async () => {
			if (isStopped) return;
			const began = performance.now();
			try {
				await makeNow(workspace, event);
			} catch (error) {
				held.delete(event);
				throw error;
			} finally {
				rests.set(event, performance.now() + REST * (performance.now() - began));
			}
		});
		turn = now.catch(() => undefined);
		return now;
	};
	/** what fails because the server stops is no failure */
	const tell = (error: unknown) => void (isStopped || report(error));
	/** Runs something of an event or workspace in a while, once. */
	const inAWhile = (key: string, wait: number, run: () => Promise<unknown>) => {
		if (isStopped || timers.has(key)) return;
		const timer = setTimeout(() => {
			timers.delete(key);
			run().catch(tell);
		}, wait);
		timers.set(key, timer.unref());
	};
	const later = (workspace: string, event: string) =>
		inAWhile(event, Math.max(WAIT_MS, (rests.get(event) ?? 0) - performance.now()), () =>
			make(workspace, event)
		);
	const dueIn = (workspace: string, isThorough: boolean) =>
		database.tenant(workspace, (queries) => listDue(queries, workspace, isThorough));
	const sweep = async (workspace: string, isThorough = false) => {
		for (const event of await dueIn(workspace, isThorough)) later(workspace, event);
	};
	/** whose events these are; they never are anybody else's */
	const owners = new Map<string, Promise<string | null>>();
	const ownerOf = (document: string) => {
		const known = owners.get(document) ?? findOwner(database, document);
		owners.set(document, known);
		// one that is not there yet is looked for again, and so is one that could not be looked for
		void known.then(
			(owner) => owner ?? owners.delete(document),
			() => owners.delete(document)
		);
		return known;
	};
	return {
		make,
		sweep: (workspace) => sweep(workspace, true),
		async catchUp(workspace) {
			for (const event of await dueIn(workspace, true)) await make(workspace, event);
		},
		onPeople: (hear) => void hearers.push(hear),
		changed(document) {
			const name = parseDocumentName(document);
			if (isStopped || !name || name.kind === 'desk' || timers.has(name.id)) return;
			if (name.kind === 'event')
				ownerOf(document)
					.then((workspace) => workspace && later(workspace, name.id))
					.catch(tell);
			// who was merged is on the photos of many
			else inAWhile(name.id, WAIT_MS, () => sweep(name.id));
		},
		async stop() {
			isStopped = true;
			for (const timer of timers.values()) clearTimeout(timer);
			await thread.stop();
			await turn;
		}
	};
}
