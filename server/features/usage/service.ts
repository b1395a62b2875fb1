import type { Stats } from '#shared/usage.ts';
import type { Database } from '../../database/database.ts';
import { findWorkspace } from '../workspaces/store.ts';
import {
	countAll,
	listDays,
	listKinds,
	listLargest,
	spentThisMonth,
	storedBytes,
	sumSearches
} from './store.ts';

/** @param days how many, today included */
export async function readStats(
	database: Database,
	workspace: string,
	days: number
): Promise<Stats> {
	const { quotaBytes, budgetUsd } = await findWorkspace(database, workspace);
	const [row] = await database.query<{ members: number }>(
		`select count(*)::int as members from members where workspace_id = $1`,
		[workspace]
	);
	return database.tenant(workspace, async (queries) => ({
		...(await countAll(queries, workspace)),
		members: row!.members,
		bytes: await storedBytes(queries, workspace),
		quotaBytes,
		spentUsd: await spentThisMonth(queries, workspace),
		budgetUsd,
		days: await listDays(queries, workspace, days),
		searches: await sumSearches(queries, workspace, days),
		kinds: await listKinds(queries, workspace),
		largest: await listLargest(queries, workspace, 10)
	}));
}
