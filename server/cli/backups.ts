import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { openBare } from '../database/open.ts';
import { type Backup, makeBackup } from '../features/backups/backup.ts';
import { askForBackup } from '../features/backups/control.ts';
import { type Restored, checkBackup, restoreBackup } from '../features/backups/restore.ts';
import { openStorage } from '../storage/open.ts';
import type { Installation } from './installation.ts';
import type { Row, Tell } from './output.ts';

const toKeep = (text: string): number => {
	const count = Number(text);
	if (!Number.isInteger(count) || count < 1)
		throw new InvalidArgumentError('It is a whole number from 1.');
	return count;
};

const listed = ({
	missing,
	removed = [],
	...counts
}: Restored & Partial<Pick<Backup, 'removed'>>): Row => ({
	...counts,
	missing: missing.length,
	...(missing.length > 0 ? { lost: missing.slice(0, 20).join(', ') } : {}),
	...(removed.length > 0 ? { removed: removed.join(', ') } : {})
});

export function backupCommands(program: Command, at: () => Installation, tell: Tell): void {
	program
		.command('backup <folder>')
		.description('back the whole installation up, while it is used')
		.option('--keep <times>', 'how many times stay in the folder, the latest ones', toKeep)
		.addHelpText(
			'after',
			`
All rows of one moment, and the files that they name. A folder that has earlier times gets only the files that are new.
The keys of the installation are in it: keep it as safe as DATA_DIR. Files that the installation itself has lost are named;
'aura storage verify --repair' asks devices for them. With BACKUP_DIR the server does this every day.`
		)
		.action((folder: string, { keep }: { keep?: number }) =>
			tell(async () => {
				const { config } = at();
				const options = keep === undefined ? {} : { keep };
				const wish = { folder: resolve(folder), ...options };
				// the embedded database is the running server's
				const made = config.databaseUrl ? null : await askForBackup(config.dataDir, wish);
				if (made) return listed(made);
				return at().withDatabase(async (database) => {
					const storage = await openStorage(config);
					const { dataDir, version } = config;
					return listed(
						await makeBackup({ database, storage, dataDir, version }, wish.folder, options)
					);
				});
			})
		);
	program
		.command('restore <folder>')
		.description('put a backup into an empty installation; every row and byte is compared')
		.option('--at <time>', 'not the latest one: the name of its folder')
		.option('--check', 'only look whether all of it is there and unharmed')
		.addHelpText(
			'after',
			`
Stop the server first. Everything is there afterwards, or no row is; it can be run again. Devices then give back what the
backup lacks, as they connect. Where AURA_SECRET_KEY was set, set it to the same key.`
		)
		.action((folder: string, { at: time, check }: { at?: string; check?: boolean }) =>
			tell(async () => {
				if (check) return listed(await checkBackup(resolve(folder), time));
				const { config } = at();
				const database = await openBare(config);
				try {
					const storage = await openStorage(config);
					const { dataDir } = config;
					return listed(await restoreBackup({ database, storage, dataDir }, resolve(folder), time));
				} finally {
					await database.close();
				}
			})
		);
}
