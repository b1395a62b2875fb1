// What photographers see follows their assignments: their desk documents are written anew, and sockets to events that
// are not theirs any more are ended.
import { parseDocumentName } from '#shared/documents/names.ts';
import { assignedProjects, buildTree } from '#shared/projects/tree.ts';
import type { Relay } from '#sync/relay/relay.ts';
import type { Change } from '#sync/relay/entries.ts';
import { closeCodes } from '#sync/relay/protocol.ts';
import type { Database } from '../../database/database.ts';
import type { Connections } from '../../relay/connections.ts';
import { peopleOf } from '../people/store.ts';
import { type ProjectsDocument, projectsIn } from '../projects/document.ts';
import { listAssigned } from './store.ts';

export interface Desks {
	/** Brings somebody's desk up to date. */
	write(workspace: string, person: string): Promise<void>;
	/** Brings to date what is open of a workspace, in all processes: after teams or assignments have changed. */
	refresh(workspace: string): Promise<void>;
	/** The same in this process alone. */
	refreshHere(workspace: string): Promise<void>;
}

type Roots = Record<(typeof roots)[number], Map<string, unknown>>;
const roots = [
	'projects',
	'projectFields',
	'people',
	'personFields',
	'presets',
	'forgotten'
] as const;

async function readRoots(relay: Relay, document: string): Promise<Roots> {
	const maps = await relay.read(document, [...roots]);
	return Object.fromEntries(roots.map((root, at) => [root, maps[at]!])) as Roots;
}

/** What makes a desk say of these projects and people, and of presets, what the workspace's document says, and nothing of others. */
function changesOf(from: Roots, desk: Roots, ids: ReadonlySet<string>): Change[] {
	const isWanted = (root: string, key: string) => root === 'presets' || ids.has(key.split('/')[0]!);
	return roots.flatMap((root) => [
		...[...from[root]]
			.filter(([key]) => isWanted(root, key))
			.map(([key, value]) => ({ root, key, value })),
		...[...desk[root]]
			.filter(([key, value]) => value !== null && !isWanted(root, key))
			.map(([key]) => ({ root, key, value: null }))
	]);
}

/** With those whom they were merged into. */
function withMerged(people: readonly string[], fields: Map<string, unknown>): string[] {
	const all = new Set<string>();
	for (const person of people)
		for (
			let id: unknown = person;
			typeof id === 'string' && !all.has(id);
			id = fields.get(`${id}/mergedInto`)
		)
			all.add(id);
	return [...all];
}

export function createDesks(
	database: Database,
	relay: Relay,
	connections: Connections,
	/** says to the other processes that a workspace's assignments have changed */
	tell: (workspace: string) => void,
	report: (error: unknown) => void
): Desks {
	const writing = new Map<string, Promise<void>>();

	const writeNow = async (workspace: string, person: string) => {
		const assigned = await database.tenant(workspace, (queries) =>
			listAssigned(queries, workspace, person)
		);
		const [source, desk] = await Promise.all([
			readRoots(relay, `workspace/${workspace}`),
			readRoots(relay, `desk/${workspace}/${person}`)
		]);
		const seen = assignedProjects(buildTree(projectsIn(source as ProjectsDocument)), assigned);
		const ids = new Set(seen.keys());
		const people = await database.tenant(workspace, (queries) =>
			peopleOf(queries, workspace, [...ids])
		);
		const wanted = new Set([...ids, ...withMerged(people, source.personFields)]);
		await relay.edit(`desk/${workspace}/${person}`, changesOf(source, desk, wanted));
		connections.endHere(
			({ user, reach, document }) => {
				const name = parseDocumentName(document);
				const isForeign = name?.kind === 'event' && !ids.has(name.id);
				return user === person && reach === 'assigned' && isForeign;
			},
			closeCodes.notFound,
			'you are not assigned to this event any more'
		);
	};

	/** One after the other for each desk: the last one reads the latest assignments. */
	const write = (workspace: string, person: string): Promise<void> => {
		const key = `${workspace}/${person}`;
		const before = writing.get(key) ?? Promise.resolve();
		const now = before.catch(() => undefined).then(() => writeNow(workspace, person));
		writing.set(key, now);
		void now.catch(() => undefined).then(() => writing.get(key) === now && writing.delete(key));
		return now;
	};

	const refreshHere = async (workspace: string) => {
		const people = new Set(
			connections
				.list()
				.filter((each) => each.workspace === workspace && each.reach === 'assigned')
				.map(({ user }) => user)
		);
		await Promise.all([...people].map((person) => write(workspace, person)));
	};

	relay.onChange((document) => {
		const name = parseDocumentName(document);
		if (name?.kind === 'workspace') refreshHere(name.id).catch(report);
	});
	return {
		write,
		refreshHere,
		async refresh(workspace) {
			tell(workspace);
			await refreshHere(workspace);
		}
	};
}
