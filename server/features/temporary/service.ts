// Photos that came for the time being go into the trash when their days are over and nobody approved them; never unless
// people were warned a day before, whatever happened to the server or its clock meanwhile (docs/decisions/022).
import type { Project } from '#shared/projects/project.ts';
import { type ProjectTree, buildTree } from '#shared/projects/tree.ts';
import { can, roles } from '#shared/permissions.ts';
import { WARNING_DAYS, temporaryDaysOf } from '#shared/temporary/days.ts';
import type { Change } from '#sync/relay/entries.ts';
import type { Relay } from '#sync/relay/relay.ts';
import type { Database } from '../../database/database.ts';
import { temporaryLetter } from '../../mail/letters.ts';
import type { Mailer } from '../../mail/mailer.ts';
import { type Doer, record } from '../audit/store.ts';
import { projectsIn, readProjects } from '../projects/document.ts';
import { findWorkspace } from '../workspaces/store.ts';
import { holdTime, listEvents, listOver, listPeopleWith, takeWarnings } from './store.ts';

interface Ports {
	database: Database;
	relay: Relay;
	mailer: Mailer;
	/** where people reach the installation */
	origin: string;
}

/** Photos that one run moves into the trash; the rest follow with the next. */
const MAX_OVER = 5_000;
/** Photos whose keys are written in one edit: it must not hold up a room. */
const AT_ONCE = 200;

/** The server, of its own accord. */
const itself = (workspace: string): Doer => ({ workspace, actor: null, address: null });

async function warn(
	{ database, mailer, origin }: Ports,
	{ id, name, days }: { id: string; name: string; days: number },
	tree: ProjectTree<Project>
): Promise<void> {
	for (const [index, within] of [...WARNING_DAYS.entries()].reverse()) {
		const warning = index + 1;
		// of photos that stay no longer than this, the next one is soon enough
		if (within >= days && warning < WARNING_DAYS.length) continue;
		const told = await database.tenant(id, (queries) =>
			takeWarnings(queries, id, { days, within, warning })
		);
		if (told.length === 0) continue;
		const events = told.map(({ event, photos, goesAt }) => ({
			name: tree.get(event)?.name ?? 'Untitled',
			url: `${origin}/admin/events/${event}`,
			photos,
			goesAt
		}));
		await database.tenant(id, async (queries) => {
			for (const { name: subject, photos } of events)
				await record(queries, itself(id), {
					action: 'temporary.warn',
					subject,
					after: { photos, days: within }
				});
		});
		const able = roles.filter((role) => can(role, 'approve', 'approval'));
		for (const { email } of await listPeopleWith(database, id, able))
			await mailer.send(await temporaryLetter({ to: email, studio: name, events }));
	}
}

async function moveToTrash(
	{ database, relay }: Ports,
	{ id, days }: { id: string; days: number },
	tree: ProjectTree<Project>
): Promise<void> {
	const over = await database.tenant(id, (queries) =>
		listOver(queries, id, { days, warning: WARNING_DAYS.length, limit: MAX_OVER })
	);
	const byEvent = new Map<string, string[]>();
	for (const { event, photo } of over) byEvent.set(event, [...(byEvent.get(event) ?? []), photo]);
	for (const [event, photos] of byEvent) {
		let count = 0;
		for (let at = 0; at < photos.length; at += AT_ONCE) {
			// somebody may have approved them this moment
			const [approved, trash] = await relay.read(`event/${event}`, ['approved', 'trash']);
			const value = { at: new Date().toISOString(), by: null };
			const changes = photos
				.slice(at, at + AT_ONCE)
				.filter((photo) => !approved!.get(photo) && !trash!.get(photo))
				.map((key): Change => ({ root: 'trash', key, value }));
			if (changes.length > 0) await relay.edit(`event/${event}`, changes);
			count += changes.length;
		}
		if (count === 0) continue;
		await database.tenant(id, (queries) =>
			record(queries, itself(id), {
				action: 'temporary.trash',
				subject: tree.get(event)?.name ?? 'Untitled',
				after: { photos: count, days }
			})
		);
	}
}

/** Warns of photos whose time is nearly over, and moves into the trash those whose time is. */
export async function sweepTemporary(
	ports: Ports,
	report: (error: unknown) => void
): Promise<void> {
	const { database, relay } = ports;
	const workspaces = await database.query<{ id: string }>(
		`select id from workspaces where status = 'active'`
	);
	for (const { id } of workspaces)
		try {
			const { name, settings } = await findWorkspace(database, id);
			const workspace = { id, name, days: temporaryDaysOf(settings) };
			const waiting = await database.tenant(id, (queries) => listEvents(queries, id));
			if (waiting.length === 0) continue;
			const tree = buildTree(projectsIn(await readProjects(relay, `workspace/${id}`)));
			const trashed = waiting.filter((event) => tree.isTrashed(event));
			if (trashed.length > 0)
				await database.tenant(id, (queries) => holdTime(queries, id, trashed));
			await moveToTrash(ports, workspace, tree);
			await warn(ports, workspace, tree);
		} catch (error) {
			// one studio's trouble is not the others'
			report(error);
		}
}
