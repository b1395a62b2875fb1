import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { record } from '../features/audit/store.ts';
import { writeArchive } from '../features/exports/archive.ts';
import { restoreArchive } from '../features/exports/restore.ts';
import { findWorkspace } from '../features/workspaces/store.ts';
import { openStorage } from '../storage/open.ts';
import { type Installation, operator, requireWorkspace } from './installation.ts';
import type { Tell } from './output.ts';

/** @param group the commands about workspaces */
export function archiveCommands(group: Command, at: () => Installation, tell: Tell): void {
	group
		.command('export <workspace> <file>')
		.description('write everything of it into a ZIP: files, documents, tables')
		.option('--faces', 'with the vectors of faces: who gets them can search for people')
		.action((reference: string, file: string, { faces }: { faces?: boolean }) =>
			tell(() =>
				at().withDatabase(async (database) => {
					const storage = await openStorage(at().config);
					const { id } = await requireWorkspace(database, reference);
					const { name, slug, plan, settings } = await findWorkspace(database, id);
					const hash = createHash('sha256');
					let bytes = 0;
					const archive = writeArchive(database, storage, {
						workspace: { id, name, slug, plan, settings },
						hasFaces: faces ?? false,
						madeAt: new Date().toISOString()
					});
					const counted = async function* () {
						for await (const part of archive) {
							hash.update(part);
							bytes += part.length;
							yield part;
						}
					};
					// under its name only when it is whole
					const part = `${file}.part`;
					try {
						await pipeline(Readable.from(counted()), createWriteStream(part, { flush: true }));
						await rename(part, file);
					} catch (error) {
						await rm(part, { force: true });
						throw error;
					}
					await database.tenant(id, (queries) =>
						record(queries, operator(id), {
							action: 'workspace.export',
							subject: name,
							after: { faces: faces ?? false }
						})
					);
					return { file, bytes, sha256: hash.digest('hex') };
				})
			)
		);
	group
		.command('import <file>')
		.description('put a workspace in that was exported, here or elsewhere; every byte is compared')
		.option('--slug <slug>', 'another address than it had')
		.addHelpText(
			'after',
			`
Its people get accounts where they have none, without a password: they ask for a new one at the sign-in page, or get a link
from 'aura user'. Keys of the API, sessions and shared devices stay behind.`
		)
		.action((file: string, { slug }: { slug?: string }) =>
			tell(() =>
				at().withDatabase(async (database) => {
					const storage = await openStorage(at().config);
					const restored = await restoreArchive(
						database,
						storage,
						file,
						slug === undefined ? {} : { slug }
					);
					const { workspace, name, newPeople, missing, ...counts } = restored;
					await database.tenant(workspace, (queries) =>
						record(queries, operator(workspace), { action: 'workspace.import', subject: name })
					);
					return {
						name,
						...counts,
						newPeople: newPeople.join(', '),
						missing: missing.length
					};
				})
			)
		);
}
