import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import { newWorkspaceSchema } from '#shared/auth.ts';
import { AuraError } from '#shared/errors.ts';
import { type Stats, type Workspace, planSchema, plans } from '#shared/usage.ts';
import { RESTORE_DAYS } from '#shared/workspace-status.ts';
import { audited } from '../features/audit/store.ts';
import { readStats } from '../features/usage/service.ts';
import { changePlatformStatus, purge } from '../features/workspaces/status.ts';
import {
	findWorkspace,
	insertWorkspace,
	listPlatformWorkspaces,
	lockWorkspace,
	setPlan,
	setStatus
} from '../features/workspaces/store.ts';
import { archiveCommands } from './archives.ts';
import { openStorage } from '../storage/open.ts';
import {
	type Installation,
	connectionsOf,
	operator,
	requireUser,
	requireWorkspace
} from './installation.ts';
import { closeCodes } from '#sync/relay/protocol.ts';
import type { Tell } from './output.ts';
import type { Remote } from './remote.ts';

export function workspaceCommands(
	program: Command,
	at: () => Installation,
	remote: () => Remote | null,
	tell: Tell
): void {
	const workspace = program.command('workspace').description('Studios on this installation');

	workspace
		.command('list')
		.description('all workspaces')
		.action(() =>
			tell(() =>
				at().withDatabase(async (database) =>
					(await listPlatformWorkspaces(database)).map(
						({ slug, name, status, members, owner }) => ({ slug, name, status, members, owner })
					)
				)
			)
		);
	workspace
		.command('create <name> <slug>')
		.description('make a workspace')
		.requiredOption('--owner <email>', 'who owns it; must have an account')
		.action((name: string, slug: string, { owner }: { owner: string }) =>
			tell(() =>
				at().withDatabase(async (database) => {
					const given = newWorkspaceSchema.parse({ name, slug });
					const user = await requireUser(database, owner);
					const id = randomUUID();
					await audited(database, operator(id), async (queries) => {
						await insertWorkspace(queries, { id, ...given }, user.id);
						return {
							action: 'workspace.create',
							subject: given.name,
							after: { owner: user.email }
						};
					});
					return { id, ...given, owner: user.email };
				})
			)
		);
	workspace
		.command('show <workspace>')
		.description('one workspace, by address or id')
		.action((reference: string) =>
			tell(() => {
				const server = remote();
				if (server)
					return server
						.ask<Workspace>('GET', `/api/workspaces/${encodeURIComponent(reference)}`)
						.then(({ settings: _, ...row }) => row);
				return at().withDatabase(async (database) => {
					const { id } = await requireWorkspace(database, reference);
					const found = (await listPlatformWorkspaces(database)).find((each) => each.id === id);
					return found!;
				});
			})
		);
	workspace
		.command('stats <workspace>')
		.description('how much is in it')
		.action((reference: string) =>
			tell(() => {
				const flatten = (stats: Stats) =>
					Object.fromEntries(
						Object.entries(stats).filter(([, value]) => typeof value !== 'object' || value === null)
					) as Record<string, number | null>;
				const server = remote();
				if (server)
					return server
						.ask<Stats>('GET', `/api/workspaces/${encodeURIComponent(reference)}/stats`)
						.then(flatten);
				return at().withDatabase(async (database) => {
					const { id } = await requireWorkspace(database, reference);
					return flatten(await readStats(database, id, 7));
				});
			})
		);
	workspace
		.command('plan <workspace>')
		.description('set its plan and how much it may store')
		.addOption(new Option('--plan <plan>', 'what it pays for').choices([...plans]))
		.option('--quota-gb <number>', "gigabytes, or 'none'")
		.action((reference: string, given: { plan?: (typeof plans)[number]; quotaGb?: string }) =>
			tell(() =>
				at().withDatabase(async (database) => {
					const { id, name } = await requireWorkspace(database, reference);
					const before = await findWorkspace(database, id);
					const quotaBytes =
						given.quotaGb === undefined
							? before.quotaBytes
							: given.quotaGb === 'none'
								? null
								: Math.round(Number(given.quotaGb) * 1e9);
					const after = planSchema.safeParse({ plan: given.plan ?? before.plan, quotaBytes });
					if (!after.success)
						throw new AuraError('invalid', '--quota-gb: give a number of gigabytes, or none.');
					await audited(database, operator(id), async (queries) => {
						await setPlan(queries, id, after.data);
						return {
							action: 'workspace.plan',
							subject: name,
							before: { plan: before.plan, quotaBytes: before.quotaBytes },
							after: after.data
						};
					});
					return after.data;
				})
			)
		);
	workspace
		.command('suspend <workspace>')
		.description('close it for everybody')
		.requiredOption('--reason <text>', 'why; its people read it')
		.action((reference: string, { reason }: { reason: string }) =>
			tell(() =>
				at().withDatabase(async (database) => {
					const { id, name } = await requireWorkspace(database, reference);
					await changePlatformStatus(database, connectionsOf(database), operator(id), {
						status: 'suspended',
						reason
					});
					return `${name} is suspended.`;
				})
			)
		);
	workspace
		.command('activate <workspace>')
		.description('open a suspended, archived or deleted one again')
		.action((reference: string) =>
			tell(() =>
				at().withDatabase(async (database) => {
					const { id, name } = await requireWorkspace(database, reference);
					await audited(database, operator(id), async (queries) => {
						const now = await lockWorkspace(queries, id);
						if (!now || now.status === 'active') return null;
						await setStatus(queries, id, 'active', null);
						return {
							action: 'workspace.activate',
							subject: name,
							before: { status: now.status },
							after: { status: 'active' }
						};
					});
					return `${name} is active.`;
				})
			)
		);
	archiveCommands(workspace, at, tell);
	workspace
		.command('delete <workspace>')
		.description(`close it; it can be restored for ${RESTORE_DAYS} days`)
		.requiredOption('--name <name>', 'its name, so that nobody does it by mistake')
		.option('--now', 'and remove rows, files and faces for good at once')
		.action((reference: string, { name, now }: { name: string; now?: boolean }) =>
			tell(() =>
				at().withDatabase(async (database) => {
					const found = await requireWorkspace(database, reference);
					if (found.name !== name)
						throw new AuraError('invalid', `--name: type ${found.name} to delete it.`);
					await audited(database, operator(found.id), async (queries) => {
						await setStatus(queries, found.id, 'deleted', null);
						return {
							action: 'workspace.status',
							subject: name,
							before: { status: found.status },
							after: { status: 'deleted' }
						};
					});
					connectionsOf(database).end(
						{ workspace: found.id },
						closeCodes.notFound,
						'this workspace was deleted'
					);
					if (!now) return `${name} is deleted. 'aura workspace activate' restores it.`;
					const storage = await openStorage(at().config);
					await purge(database, storage, operator(found.id));
					return `${name} is gone for good.`;
				})
			)
		);
}
