import { createHash } from 'node:crypto';
import { adopt, setAside } from './adopt.ts';
import type { Database } from './database.ts';
import { prepareVectors } from './vectors.ts';

const files = import.meta.glob<string>('./migrations/*.sql', {
	query: '?raw',
	import: 'default',
	eager: true
});

/** Numbered SQL files, oldest first. */
export const migrations = Object.entries(files)
	.map(([path, sql]) => ({ name: path.split('/').pop()!, sql }))
	.sort((a, b) => a.name.localeCompare(b.name));

/**
 * Brings the database up to this version, under a lock, each file once and whole. One from before workspaces becomes a
 * workspace.
 * @param only names of those that are applied; absent: all
 * @throws when an applied file is not what this version knows under its name
 */
export async function migrate(database: Database, only?: ReadonlySet<string>): Promise<void> {
	await database.exclusively(async () => {
		await setAside(database);
		const fitted = await prepareVectors(database);
		await database.script(
			`create table if not exists migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now())`
		);
		const applied = new Map(
			(
				await database.query<{ name: string; checksum: string }>(
					`select name, checksum from migrations`
				)
			).map((row) => [row.name, row.checksum])
		);
		for (const { name, sql } of migrations) {
			const checksum = createHash('sha256').update(sql).digest('hex');
			const before = applied.get(name);
			if (before !== undefined && before !== checksum)
				throw new Error(`Migration ${name} was changed after it was applied to this database.`);
			if (before !== undefined || (only && !only.has(name))) continue;
			await database.script(
				`${fitted(sql)}\n;insert into migrations (name, checksum) values ('${name}', '${checksum}');`
			);
		}
		await adopt(database);
	});
}
