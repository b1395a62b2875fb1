// What lies in the trash goes back, or for good. The documents say what lies there; files go last, so that a crash leaves
// bytes without a row, which the next sweep removes, and never a row without bytes.
import { TRASH_DAYS, trashDaysOf } from '#shared/trash/days.ts';
import { type TrashRefs } from '#shared/trash/trash.ts';
import { buildTree } from '#shared/projects/tree.ts';
import type { Change } from '#sync/relay/entries.ts';
import type { Relay } from '#sync/relay/relay.ts';
import type { Database } from '../../database/database.ts';
import type { Storage } from '../../storage/storage.ts';
import { type Doer, record } from '../audit/store.ts';
import { removeFiles } from '../files/removed.ts';
import { removePhotoFiles } from '../files/store.ts';
import { projectsIn, readProjects } from '../projects/document.ts';
import { trashProject } from '../projects/service.ts';
import { revoke } from '../scan/store.ts';
import { findWorkspace } from '../workspaces/store.ts';
import { forgetProjects, listExpired, listOrphans, listPhotoIds } from './store.ts';

/** Photos whose keys are written in one edit: it must not hold up a room. */
const AT_ONCE = 200;
/** Names that the log of what was done keeps. */
const MAX_NAMES = 20;

interface Ports {
	database: Database;
	relay: Relay;
	storage: Storage;
}

interface Done {
	photos: number;
	projects: number;
}

const count = (number: number, thing: string) => `${number} ${thing}${number === 1 ? '' : 's'}`;

const byEvent = (photos: TrashRefs['photos']): Map<string, string[]> => {
	const groups = new Map<string, string[]>();
	for (const { event, photo } of photos) groups.set(event, [...(groups.get(event) ?? []), photo]);
	return groups;
};

const eventName = async ({ relay }: Ports, workspace: string, event: string): Promise<string> =>
	projectsIn(await readProjects(relay, `workspace/${workspace}`)).find(({ id }) => id === event)
		?.name ?? 'Untitled';

/** Takes photos and projects out of the trash. What is not in it is passed over. */
export async function restore(ports: Ports, doer: Doer, refs: TrashRefs): Promise<Done> {
	const { database, relay } = ports;
	const { workspace } = doer;
	const done: Done = { photos: 0, projects: 0 };
	const note = (subject: string) =>
		database.tenant(workspace, (queries) =>
			record(queries, doer, { action: 'trash.restore', subject })
		);
	for (const [event, photos] of byEvent(refs.photos)) {
		const [trash] = await relay.read(`event/${event}`, ['trash']);
		const changes = photos
			.filter((photo) => trash!.get(photo))
			.map((key): Change => ({ root: 'trash', key, value: null }));
		if (changes.length === 0) continue;
		await relay.edit(`event/${event}`, changes);
		done.photos += changes.length;
		const name = await eventName(ports, workspace, event);
		await note(`${count(changes.length, 'photo')} of ${name}`);
	}
	for (const id of refs.projects) {
		const known = projectsIn(await readProjects(relay, `workspace/${workspace}`));
		if (!known.find((project) => project.id === id)?.trashedAt) continue;
		const { name } = await trashProject(relay, workspace, id, null);
		done.projects++;
		await note(name);
	}
	return done;
}

/** @returns names of those that went */
async function purgePhotos(
	{ database, relay }: Ports,
	workspace: string,
	event: string,
	photos: readonly string[],
	isTrashed: (trash: Map<string, unknown>, photo: string) => boolean
): Promise<string[]> {
	const document = `event/${event}`;
	const roots = [
		'photos',
		'trash',
		'approved',
		'stored',
		'marks',
		'identified',
		'excluded',
		'forgotten'
	];
	const names: string[] = [];
	for (let at = 0; at < photos.length; at += AT_ONCE) {
		const read = await relay.read(document, roots);
		const trash = read[roots.indexOf('trash')]!;
		const going = photos.slice(at, at + AT_ONCE).filter((photo) => isTrashed(trash, photo));
		const wanted = new Set(going);
		const changes = read.flatMap((map, index) =>
			[...map]
				.filter(([key, value]) => value !== null && wanted.has(key.split('/')[0]!))
				.map(([key]): Change => ({ root: roots[index]!, key, value: null }))
		);
		for (const photo of going)
			names.push((read[0]!.get(photo) as { name?: string } | null)?.name ?? photo);
		await relay.edit(document, changes);
		await database.tenant(workspace, (queries) =>
			removePhotoFiles(queries, workspace, event, going)
		);
	}
	return names;
}

/** @returns what went; null when it is not in the trash (any more) */
async function purgeProject(
	ports: Ports,
	workspace: string,
	id: string
): Promise<{ name: string; photos: number } | null> {
	const { database, relay } = ports;
	const document = await readProjects(relay, `workspace/${workspace}`);
	const tree = buildTree(projectsIn(document));
	const project = tree.get(id);
	if (!project || !tree.isTrashed(id)) return null;
	const all = tree.allUnder(id);
	let photos = 0;
	for (const { id: event } of all.filter(({ type }) => type === 'event')) {
		const ids = await database.tenant(workspace, (queries) =>
			listPhotoIds(queries, workspace, event)
		);
		photos += (await purgePhotos(ports, workspace, event, ids, () => true)).length;
		await revoke(database, workspace, event);
	}
	const gone = new Set(all.map((each) => each.id));
	const changes = (['projects', 'projectFields'] as const).flatMap((root) =>
		[...document[root]]
			.filter(([key, value]) => value !== null && gone.has(key.split('/')[0]!))
			.map(([key]): Change => ({ root, key, value: null }))
	);
	await relay.edit(`workspace/${workspace}`, changes);
	await database.tenant(workspace, (queries) => forgetProjects(queries, workspace, [...gone]));
	return { name: project.name, photos };
}

/** Removes for good what lies in the trash. What is not in it is passed over. */
export async function purge(
	ports: Ports,
	doer: Doer,
	refs: TrashRefs,
	reason: string
): Promise<Done> {
	const { database, storage } = ports;
	const { workspace } = doer;
	const done: Done = { photos: 0, projects: 0 };
	const note = (subject: string, after: object) =>
		database.tenant(workspace, (queries) =>
			record(queries, doer, { action: 'trash.purge', subject, after: { reason, ...after } })
		);
	for (const [event, photos] of byEvent(refs.photos)) {
		const name = await eventName(ports, workspace, event);
		const names = await purgePhotos(
			ports,
			workspace,
			event,
			photos,
			(trash, photo) => trash.get(photo) != null
		);
		if (names.length === 0) continue;
		done.photos += names.length;
		await note(`${count(names.length, 'photo')} of ${name}`, {
			photos: names.slice(0, MAX_NAMES).join(', ') + (names.length > MAX_NAMES ? ', …' : '')
		});
	}
	for (const id of refs.projects) {
		const gone = await purgeProject(ports, workspace, id);
		if (!gone) continue;
		done.projects++;
		await note(gone.name, { photos: gone.photos });
	}
	await removeFiles(database, storage, workspace);
	return done;
}

/** How much of a workspace goes in one run; the rest follows with the next. */
const MAX_EXPIRED = 5_000;

/** Removes for good what has lain in the trash for as long as its workspace keeps it, and bytes that were left behind. */
export async function sweepTrash(ports: Ports, report: (error: unknown) => void): Promise<void> {
	const { database, storage } = ports;
	const workspaces = await database.query<{ id: string }>(
		`select id from workspaces where status in ('active', 'archived')`
	);
	for (const { id: workspace } of workspaces)
		try {
			const days = trashDaysOf((await findWorkspace(database, workspace)).settings);
			const { expired, orphans } = await database.tenant(workspace, async (queries) => ({
				expired: await listExpired(queries, workspace, days, MAX_EXPIRED),
				orphans: await listOrphans(queries, workspace, TRASH_DAYS)
			}));
			const refs: TrashRefs = {
				photos: expired
					.filter(({ photo }) => photo !== '')
					.map(({ project, photo }) => ({ event: project, photo })),
				projects: expired.filter(({ photo }) => photo === '').map(({ project }) => project)
			};
			const doer: Doer = { workspace, actor: null, address: null };
			const reason = `${count(days, 'day')} in the trash`;
			if (expired.length > 0) await purge(ports, doer, refs, reason);
			for (const [event, photos] of byEvent(orphans))
				await database.tenant(workspace, (queries) =>
					removePhotoFiles(queries, workspace, event, photos)
				);
			await removeFiles(database, storage, workspace);
		} catch (error) {
			// one studio's trouble is not the others'
			report(error);
		}
}
