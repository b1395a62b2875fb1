import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { AuraError } from '#shared/errors.ts';
import { forgetOld, unadopt } from '../database/adopt.ts';
import { copyDatabase } from '../database/copy.ts';
import { migrate } from '../database/migrate.ts';
import { openPglite } from '../database/pglite.ts';
import { openPostgres } from '../database/postgres.ts';
import { openStorage } from '../storage/open.ts';
import { rebuildProjections, verifyProjections } from '../relay/rebuild.ts';
import type { Installation } from './installation.ts';
import type { Tell } from './output.ts';

export function databaseCommands(program: Command, at: () => Installation, tell: Tell): void {
	const database = program.command('database').description('The database as a whole');
	database
		.command('copy')
		.description(
			'copy the embedded database in DATA_DIR to Postgres, compare every row, and count the files'
		)
		.requiredOption('--to <url>', 'postgres://user:password@host:port/database')
		.addHelpText(
			'after',
			`
Stop the server first. Afterwards start it with DATABASE_URL=<url> and the same DATA_DIR: files and keys stay there.
It can be run again after any interruption; the embedded database is not changed.`
		)
		.action(({ to }: { to: string }) =>
			tell(async () => {
				const { dataDir, databaseUrl } = at().config;
				if (databaseUrl)
					throw new AuraError(
						'invalid',
						'DATABASE_URL is set: this copies from the embedded database, so unset it.'
					);
				if (!existsSync(join(dataDir, 'database')))
					throw new AuraError('not_found', `There is no embedded database in ${dataDir}.`);
				const source = await openPglite(dataDir);
				const target = openPostgres(to);
				try {
					await migrate(source);
					await migrate(target);
					const reports = await copyDatabase(source, target);
					const files = await source.query<{ path: string }>(`select path from assets`);
					const storage = await openStorage(at().config);
					const there = new Set<string>();
					for await (const { path } of storage.walk('files')) there.add(path);
					const missing = files.filter(({ path }) => !there.has(path));
					return [
						...reports.map(({ table, rows, copied, checksum }) => ({
							table,
							rows,
							copied,
							checksum: checksum.slice(0, 16)
						})),
						{
							table: '(files)',
							rows: files.length,
							copied: 0,
							checksum: missing.length === 0 ? 'all there' : `${missing.length} missing`
						}
					];
				} finally {
					await target.close();
					await source.close();
				}
			})
		);

	database
		.command('restored')
		.description('say that the database was put back to an earlier state')
		.addHelpText(
			'after',
			`
Run it once after a backup was restored, before the server starts. Devices then doubt what they were told is saved, and give
back what the backup lacks: their own edits, and those of others for which they hold the server's receipts.`
		)
		.action(() =>
			tell(() =>
				at().withDatabase(async (opened) => {
					await opened.query(`update installation set epoch = gen_random_uuid()`);
					return 'Done. Devices give back what the backup lacks as they connect.';
				})
			)
		);
	database
		.command('unadopt')
		.description('back to the installation from before workspaces; what was done since is gone')
		.requiredOption('--discard-everything-since', 'yes, that is meant')
		.action(() =>
			tell(() =>
				at().withDatabase(async (opened) => {
					await unadopt(opened);
					return 'The database is as it was before workspaces. The server of that time starts on it.';
				})
			)
		);
	database
		.command('forget-old')
		.description('drop the tables from before workspaces, once everybody is content')
		.action(() =>
			tell(() =>
				at().withDatabase(async (opened) => {
					await forgetOld(opened);
					return 'Done. There is no way back any more.';
				})
			)
		);

	const projections = program
		.command('projections')
		.description('The tables that are made from documents');
	projections
		.command('verify')
		.description('compare them with the documents')
		.action(() =>
			tell(() =>
				at().withDatabase(async (opened) => {
					const differences = await verifyProjections(opened);
					if (differences.length === 0) return 'Every row is what the documents say.';
					throw new AuraError('conflict', differences.slice(0, 20).join('\n'));
				})
			)
		);
	projections
		.command('rebuild')
		.description('make them again from the documents')
		.action(() =>
			tell(() =>
				at().withDatabase(async (opened) => {
					const { documents, rows } = await rebuildProjections(opened);
					return `${rows} rows made again from ${documents} documents.`;
				})
			)
		);
}
