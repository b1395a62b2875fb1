import { AuraError } from '#shared/errors.ts';
import type { Database } from '../../database/database.ts';
import { findWorkspace } from '../workspaces/store.ts';
import { storedBytes } from './store.ts';

/** Refuses what would not fit any more. */
export interface Quota {
	/** @throws AuraError over_quota when so many bytes more are too many */
	assertRoom(workspace: string, bytes: number): Promise<void>;
	/** So many bytes were stored. */
	add(workspace: string, bytes: number): void;
	/** The quota was changed. */
	forget(workspace: string): void;
}

/** Seconds for which a sum is believed; what this process stores meanwhile is added to it. */
const BELIEVED_S = 30;

/**
 * A sum over all files of a workspace is not asked for with every piece. Several processes can together pass the
 * quota by what they store within the seconds for which they believe their sums.
 */
export function createQuota(database: Database, now: () => number = Date.now): Quota {
	const known = new Map<string, { bytes: number; quota: number | null; until: number }>();
	const read = async (workspace: string) => {
		const { quotaBytes } = await findWorkspace(database, workspace);
		const bytes =
			quotaBytes === null
				? 0
				: await database.tenant(workspace, (queries) => storedBytes(queries, workspace));
		const entry = { bytes, quota: quotaBytes, until: now() + BELIEVED_S * 1000 };
		known.set(workspace, entry);
		return entry;
	};
	return {
		async assertRoom(workspace, more) {
			const found = known.get(workspace);
			let entry = found && found.until > now() ? found : await read(workspace);
			if (entry.quota === null || entry.bytes + more <= entry.quota) return;
			// perhaps the quota was raised, or something removed, just now
			if (entry === found) entry = await read(workspace);
			if (entry.quota === null || entry.bytes + more <= entry.quota) return;
			const gigabytes = (entry.quota / 1e9).toLocaleString('en', { maximumFractionDigits: 1 });
			throw new AuraError(
				'over_quota',
				`The studio's storage of ${gigabytes} GB is full. The file stays on your device and is sent when there is room.`
			);
		},
		forget(workspace) {
			known.delete(workspace);
		},
		add(workspace, bytes) {
			const entry = known.get(workspace);
			if (entry) entry.bytes += bytes;
		}
	};
}
