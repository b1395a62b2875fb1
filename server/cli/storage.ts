import type { Command } from 'commander';
import { AuraError } from '#shared/errors.ts';
import { createMarkStored } from '../features/files/stored-marks.ts';
import { repairStorage, verifyStorage } from '../features/files/verify.ts';
import { openRelay } from '../relay/open.ts';
import { processesOf } from '../relay/processes.ts';
import { secretKeyOf } from '../secrets.ts';
import { openStorage } from '../storage/open.ts';
import type { Installation } from './installation.ts';
import type { Tell } from './output.ts';

export function storageCommands(program: Command, at: () => Installation, tell: Tell): void {
	const group = program.command('storage').description('The files of all workspaces');
	group
		.command('verify')
		.description('compare the files with the database, both ways')
		.option('--content', 'read every file, and compare its SHA-256')
		.option('--repair', 'remove what nothing refers to, and ask devices for what is lost')
		.addHelpText(
			'after',
			`
lost: a file that is not there; cut: of another size; damaged: of other content; stray: one that nothing refers to,
older than a day. Ends with exit code 4 when there is any and it was not repaired.`
		)
		.action(({ content, repair }: { content?: boolean; repair?: boolean }) =>
			tell(() =>
				at().withDatabase(async (database) => {
					const { config } = at();
					const storage = await openStorage(config);
					const { files, bytes, differences } = await verifyStorage(database, storage, {
						isDeep: content ?? false
					});
					if (differences.length === 0)
						return `${files} files with ${bytes} bytes: every one is where the database says, and no other.`;
					const rows = differences.map(({ fault, workspace, path }) => ({
						fault,
						workspace,
						path
					}));
					if (!repair)
						throw new AuraError(
							'conflict',
							rows
								.slice(0, 50)
								.map(({ fault, path }) => `${fault}: ${path}`)
								.concat(rows.length > 50 ? [`… and ${rows.length - 50} more`] : [])
								.join('\n')
						);
					const report = (error: unknown) => console.error(error);
					const relay = await openRelay({
						database,
						secretKey: secretKeyOf(config),
						processes: processesOf(database, null, report),
						report
					});
					await repairStorage(database, storage, createMarkStored(database, relay), differences);
					return rows;
				})
			)
		);
}
