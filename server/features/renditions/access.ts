import type { Database } from '../../database/database.ts';
import { countAccess } from './store.ts';

export interface AccessLog {
	/** A file was asked for. */
	note(workspace: string, asset: string): void;
	/** Writes down what was noted. */
	flush(): Promise<void>;
}

/** Counts accesses in memory: a write for each would cost more than the read. A crash loses the last minute of counting. */
export function createAccessLog(database: Database): AccessLog {
	let noted = new Map<string, Map<string, number>>();
	return {
		note(workspace, asset) {
			const counts = noted.get(workspace) ?? new Map<string, number>();
			noted.set(workspace, counts.set(asset, (counts.get(asset) ?? 0) + 1));
		},
		async flush() {
			const before = noted;
			noted = new Map();
			for (const [workspace, counts] of before)
				await database.tenant(workspace, (queries) =>
					countAccess(
						queries,
						workspace,
						[...counts].map(([asset, count]) => ({ asset, count }))
					)
				);
		}
	};
}
