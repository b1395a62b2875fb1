import { AuraError } from '#shared/errors.ts';
import type { Database, Queries } from '../../database/database.ts';
import { findWorkspace } from '../workspaces/store.ts';
import { storedBytes } from './store.ts';

/** Refuses what would not fit any more. */
export interface Quota {
	/**
	 * Sets room aside for a file, all in one transaction with what `run` does: together with what is stored and what
	 * others have reserved it must fit.
	 * @throws AuraError over_quota with what is left
	 */
	reserve<T>(
		workspace: string,
		file: { sha256: string; size: number },
		run: (queries: Queries) => Promise<T>
	): Promise<T>;
}

/** Bytes that uploads in progress will need. */
export async function reservedBytes(
	queries: Queries,
	workspace: string,
	except = ''
): Promise<number> {
	const [row] = await queries.query<{ bytes: string }>(
		`select coalesce(sum(size), 0)::bigint as bytes from uploads
		 where workspace_id = $1 and sha256 <> $2 and expires_at > now()`,
		[workspace, except]
	);
	return Number(row!.bytes);
}

const sizeOf = (bytes: number): string =>
	bytes >= 1e8
		? `${(bytes / 1e9).toLocaleString('en', { maximumFractionDigits: 1 })} GB`
		: `${(bytes / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })} MB`;

/** @param makeRoom gives up what can be made again. @returns bytes that are free now */
export function createQuota(
	database: Database,
	makeRoom: (workspace: string, bytes: number) => Promise<number> = async () => 0
): Quota {
	const tryToReserve: Quota['reserve'] = async (workspace, { sha256, size }, run) => {
		const { quotaBytes } = await findWorkspace(database, workspace);
		return database.tenant(workspace, async (queries) => {
			if (quotaBytes !== null) {
				// whoever reserves next waits for this one
				await queries.query(
					`insert into workspace_bytes (workspace_id) values ($1) on conflict (workspace_id) do update
						 set bytes = workspace_bytes.bytes`,
					[workspace]
				);
				const used =
					(await storedBytes(queries, workspace)) +
					(await reservedBytes(queries, workspace, sha256));
				const left = Math.max(0, quotaBytes - used);
				if (size > left)
					throw new AuraError(
						'over_quota',
						`The studio's storage of ${sizeOf(quotaBytes)} has ${sizeOf(left)} left, and this file needs ${sizeOf(size)}. ` +
							'It stays on your device, and is sent when there is room: empty the trash, or ask for more storage.',
						{ left, quota: quotaBytes }
					);
			}
			return run(queries);
		});
	};
	return {
		async reserve(workspace, file, run) {
			try {
				return await tryToReserve(workspace, file, run);
			} catch (error) {
				if (!(error instanceof AuraError) || error.code !== 'over_quota') throw error;
				const missing = file.size - Number(error.details['left']);
				if ((await makeRoom(workspace, missing)) < missing) throw error;
				return tryToReserve(workspace, file, run);
			}
		}
	};
}
