import type { Command } from 'commander';
import {
	newProjectSchema,
	projectChangesSchema,
	projectQuerySchema
} from '#shared/projects/project.ts';
import type { Project } from '#shared/projects/project.ts';
import { AuraError } from '#shared/errors.ts';
import { record } from '../features/audit/store.ts';
import {
	changeProject,
	createProject,
	findProjects,
	trashProject
} from '../features/projects/service.ts';
import { type Installation, operator, relayOf, requireWorkspace } from './installation.ts';
import type { Tell } from './output.ts';
import type { Remote } from './remote.ts';

/** What the commands need of projects, here or on a running server. */
interface Projects {
	list(query: { type?: string; parent?: string; status?: string }): Promise<Project[]>;
	create(given: object): Promise<Project>;
	change(id: string, changes: object): Promise<Project>;
	trash(id: string): Promise<void>;
	restore(id: string): Promise<Project>;
}

const remoteProjects = (remote: Remote, workspace: string): Projects => {
	const base = `/api/workspaces/${encodeURIComponent(workspace)}/projects`;
	const at = (id: string) => `${base}/${encodeURIComponent(id)}`;
	return {
		async list(query) {
			const given = Object.entries(query).filter(([, value]) => value !== undefined);
			const search = new URLSearchParams(given as [string, string][]).toString();
			const answer = await remote.ask<{ projects: Project[] }>('GET', `${base}?${search}`);
			return answer.projects;
		},
		create: (given) => remote.ask('POST', base, given),
		change: (id, changes) => remote.ask('PATCH', at(id), changes),
		trash: (id) => remote.ask('DELETE', at(id)),
		restore: (id) => remote.ask('POST', `${at(id)}/restore`)
	};
};

/** Runs with the projects of a workspace: of the server that --url names, or of this machine's database. */
async function withProjects<T>(
	at: () => Installation,
	remote: () => Remote | null,
	reference: string,
	run: (projects: Projects) => Promise<T>
): Promise<T> {
	const server = remote();
	if (server) return run(remoteProjects(server, reference));
	return at().withDatabase(async (database) => {
		const { id: workspace } = await requireWorkspace(database, reference);
		const relay = await relayOf(database, at().config);
		const doer = operator(workspace);
		const note = (action: string, subject: string) =>
			database.tenant(workspace, (queries) => record(queries, doer, { action, subject }));
		// a document's author is a person: the command line writes in the name of the workspace's first owner
		const [owner] = await database.query<{ id: string }>(
			`select user_id as id from members where workspace_id = $1 and role = 'owner' order by created_at limit 1`,
			[workspace]
		);
		if (!owner) throw new AuraError('conflict', `${reference} has no owner.`);
		return run({
			list: (query) => findProjects(database, workspace, projectQuerySchema.parse(query), null),
			create: (given) => createProject(relay, workspace, owner.id, newProjectSchema.parse(given)),
			change: (id, changes) =>
				changeProject(relay, workspace, id, projectChangesSchema.parse(changes)),
			async trash(id) {
				const { name } = await trashProject(relay, workspace, id, owner.id);
				await note('project.trash', name);
			},
			async restore(id) {
				const project = await trashProject(relay, workspace, id, null);
				await note('project.restore', project.name);
				return project;
			}
		});
	});
}

const rowOf = ({ id, type, name, date, parent, status, trashedAt }: Project) => ({
	id,
	type,
	name,
	date,
	parent,
	status: trashedAt ? 'trashed' : status
});

interface Fields {
	type?: string;
	name?: string;
	date?: string;
	endDate?: string;
	parent?: string;
	description?: string;
	status?: string;
}
/** Options as the API takes them; 'none' clears. */
const valuesOf = (given: Fields): object =>
	Object.fromEntries(
		Object.entries(given).map(([name, value]) => [
			name,
			value === 'none' ? null : (value as string)
		])
	);

export function projectCommands(
	program: Command,
	at: () => Installation,
	remote: () => Remote | null,
	tell: Tell
): void {
	const project = program
		.command('project')
		.description('Projects and events of a workspace')
		.addHelpText(
			'after',
			`
Beside a running server use --url: what is written into the database behind its back reaches devices only later.`
		);
	const within = <T>(workspace: string, run: (projects: Projects) => Promise<T>) =>
		withProjects(at, remote, workspace, run);

	project
		.command('list <workspace>')
		.description('projects; those in the trash with --status trashed')
		.option('--type <type>', 'campaign, brand, series, folder or event')
		.option('--parent <id>', "directly below this one, or at the top: 'none'")
		.option('--status <status>', 'active, archived or trashed')
		.action((workspace: string, query: object) =>
			tell(() => within(workspace, async (projects) => (await projects.list(query)).map(rowOf)))
		);
	project
		.command('create <workspace> <name>')
		.description('make one')
		.option('--type <type>', 'campaign, brand, series, folder or event', 'event')
		.option('--date <day>', 'first day: 2026-01-19')
		.option('--end-date <day>', 'last day')
		.option('--parent <id>', 'what it lies in')
		.option('--description <text>')
		.action((workspace: string, name: string, given: Fields) =>
			tell(() =>
				within(workspace, async (projects) =>
					rowOf(await projects.create({ name, ...valuesOf(given) }))
				)
			)
		);
	project
		.command('update <workspace> <id>')
		.description("change, move or archive one; 'none' clears a value")
		.option('--name <name>')
		.option('--date <day>')
		.option('--end-date <day>')
		.option('--parent <id>', "what it lies in, or 'none'")
		.option('--description <text>')
		.option('--status <status>', 'active or archived')
		.action((workspace: string, id: string, given: Fields) =>
			tell(() =>
				within(workspace, async (projects) => rowOf(await projects.change(id, valuesOf(given))))
			)
		);
	project
		.command('trash <workspace> <id>')
		.description('put one into the trash, with everything below it')
		.action((workspace: string, id: string) =>
			tell(() =>
				within(workspace, async (projects) => {
					await projects.trash(id);
					return "In the trash. 'aura project restore' takes it out.";
				})
			)
		);
	project
		.command('restore <workspace> <id>')
		.description('take one out of the trash')
		.action((workspace: string, id: string) =>
			tell(() => within(workspace, async (projects) => rowOf(await projects.restore(id))))
		);
}
