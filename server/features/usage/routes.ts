import { randomUUID } from 'node:crypto';
import { AuraError } from '#shared/errors.ts';
import { idSchema } from '#shared/ids.ts';
import { type Action, can, reachOf } from '#shared/permissions.ts';
import { roleIn } from '#shared/workspace-status.ts';
import type { WorkspaceNumbers } from '#shared/usage.ts';
import type { Membership } from '#shared/auth.ts';
import type { Database } from '../../database/database.ts';
import type { Actor } from '../../http/context.ts';
import type { Implement } from '../../http/endpoint.ts';
import { audited, doerOf, record } from '../audit/store.ts';
import { findProjects } from '../projects/service.ts';
import { requireProject } from '../projects/events.ts';
import { findWorkspace, setPlan } from '../workspaces/store.ts';
import { readStats } from './service.ts';
import {
	countAll,
	deleteCost,
	insertCost,
	listCosts,
	spentThisMonth,
	storedBytes
} from './store.ts';

/** More memberships than anybody has. */
const MAX_NUMBERS = 100;

export function usageRoutes(implement: Implement, database: Database): void {
	const assertMay = ({ membership: { role } }: Actor, action: Action, what: string) => {
		if (!can(role, action, 'usage'))
			throw new AuraError('forbidden', `The role ${role} may not ${what}.`);
	};

	/** Those who see only their own events get their own numbers. */
	const numbersOf = async (
		{ id, role, status }: Membership,
		person: string
	): Promise<WorkspaceNumbers> => {
		const mine = roleIn(role, status);
		const none = { bytes: null, quotaBytes: null, spentUsd: null, budgetUsd: null };
		if (reachOf(mine) === 'assigned') {
			const events = await findProjects(database, id, { type: 'event' }, person);
			const [row] = await database.tenant(id, (queries) =>
				queries.query<{ photos: number }>(
					`select count(*)::int as photos from live_shots where workspace_id = $1 and event_id::text = any($2)`,
					[id, events.map((event) => event.id)]
				)
			);
			return { id, events: events.length, photos: row!.photos, ...none };
		}
		const workspace = await findWorkspace(database, id);
		return database.tenant(id, async (queries) => {
			const { events, photos } = await countAll(queries, id);
			if (!can(mine, 'read', 'usage')) return { id, events, photos, ...none };
			return {
				id,
				events,
				photos,
				bytes: await storedBytes(queries, id),
				quotaBytes: workspace.quotaBytes,
				spentUsd: await spentThisMonth(queries, id),
				budgetUsd: workspace.budgetUsd
			};
		});
	};

	implement('GET /api/workspaces/numbers', async ({ who }) => {
		const open = who.workspaces.filter(
			({ status }) => status === 'active' || status === 'archived'
		);
		const workspaces: WorkspaceNumbers[] = [];
		for (const membership of open.slice(0, MAX_NUMBERS))
			workspaces.push(await numbersOf(membership, who.user.id));
		return { workspaces };
	});
	implement('GET /api/workspaces/{workspace}', async ({ who }) => {
		const { id, role } = who.membership;
		const found = await findWorkspace(database, id);
		// money and settings are for those who have to do with them
		return {
			...found,
			...(can(role, 'read', 'usage') ? {} : { quotaBytes: null }),
			...(can(role, 'read', 'settings') ? {} : { budgetUsd: null, settings: {} })
		};
	});
	implement('GET /api/workspaces/{workspace}/stats', async ({ who, query }) => {
		assertMay(who, 'read', 'see statistics');
		return readStats(database, who.membership.id, query.days);
	});
	implement('GET /api/workspaces/{workspace}/costs', async ({ who }) => {
		assertMay(who, 'read', 'see costs');
		const { id } = who.membership;
		return { costs: await database.tenant(id, (queries) => listCosts(queries, id)) };
	});
	implement('POST /api/workspaces/{workspace}/costs', async ({ who, body, c }) => {
		assertMay(who, 'create', 'note costs');
		if (body.project) await requireProject(database, who, body.project);
		const { user } = who.identity;
		const { id: workspace } = who.membership;
		const cost = { ...body, id: randomUUID(), project: body.project ?? null, by: user.name };
		await database.tenant(workspace, async (queries) => {
			await insertCost(queries, workspace, cost, user.id);
			await record(queries, doerOf(who, c), {
				action: 'cost.create',
				subject: cost.what,
				after: { day: cost.day, usd: cost.usd }
			});
		});
		return cost;
	});
	implement('DELETE /api/workspaces/{workspace}/costs/{cost}', async ({ who, params, c }) => {
		assertMay(who, 'delete', 'take back costs');
		const { id: workspace } = who.membership;
		await database.tenant(workspace, async (queries) => {
			const gone = await deleteCost(queries, workspace, params.cost);
			if (!gone) throw new AuraError('not_found', 'There is no such cost.');
			await record(queries, doerOf(who, c), {
				action: 'cost.delete',
				subject: gone.what,
				before: { day: gone.day, usd: gone.usd }
			});
		});
		return undefined;
	});
	implement('PUT /api/platform/workspaces/{workspace}/plan', async ({ who, params, body, c }) => {
		if (!idSchema.safeParse(params.workspace).success)
			throw new AuraError('not_found', 'There is no such workspace.');
		const { id, name } = who.user;
		const doer = { workspace: params.workspace, actor: { id, name }, address: c.get('address') };
		await audited(database, doer, async (queries) => {
			const before = await findWorkspace(queries, params.workspace);
			await setPlan(queries, params.workspace, body);
			return {
				action: 'workspace.plan',
				subject: before.name,
				before: { plan: before.plan, quotaBytes: before.quotaBytes },
				after: body
			};
		});
		return undefined;
	});
}
