import type { Command } from 'commander';
import { AuraError } from '#shared/errors.ts';
import { createMarkStored } from '../features/files/stored-marks.ts';
import { repairStorage, verifyStorage } from '../features/files/verify.ts';
import { openStorage } from '../storage/open.ts';
import { type Installation, relayOf } from './installation.ts';
import type { Tell } from './output.ts';

export function storageCommands(program: Command, at: () => Installation, tell: Tell): void {
	const group = program.command('storage').description('The files of all workspaces');
	group
		.command('adopt')
		.description('copy the files of DATA_DIR/storage into the S3-compatible storage that is set')
		.addHelpText(
			'after',
			`
For an installation that kept its files in a folder before. Stop the server first, or run it again afterwards: what is there
already is passed over. The folder stays as it is.`
		)
		.action(() =>
			tell(async () => {
				const { config } = at();
				if (!config.s3)
					throw new AuraError(
						'invalid',
						'S3_ENDPOINT is not set: the files are where they belong.'
					);
				const target = await openStorage(config);
				const source = await openStorage({ dataDir: config.dataDir, s3: undefined });
				const there = new Map<string, number>();
				const counts = { files: 0, copied: 0, bytes: 0 };
				for (const folder of ['files', 'uploads', 'exports']) {
					for await (const { path, size } of target.walk(folder)) there.set(path, size);
					for await (const { path, size } of source.walk(folder)) {
						counts.files++;
						if (there.get(path) === size) continue;
						const file = await source.get(path);
						if (!file) continue;
						await target.put(path, file.stream);
						counts.copied++;
						counts.bytes += size;
					}
				}
				return counts;
			})
		);
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
					const relay = await relayOf(database, config);
					await repairStorage(database, storage, createMarkStored(database, relay), differences);
					return rows;
				})
			)
		);
}
