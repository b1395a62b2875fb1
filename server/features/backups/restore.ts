// Puts a backup into an empty installation. Files come first and may come again; all rows come in one transaction at the
// end, each table compared with what was written down: it is all there, or nothing is.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AuraError } from '#shared/errors.ts';
import type { Database } from '../../database/database.ts';
import { migrate, migrations as known } from '../../database/migrate.ts';
import { inUtc } from '../../database/rows.ts';
import { diskStorage } from '../../storage/disk.ts';
import type { Storage } from '../../storage/storage.ts';
import { keyFiles } from './backup.ts';
import {
	Damaged,
	type Manifest,
	assertUnharmed,
	checked,
	filesOf,
	listTimes,
	readLines,
	readManifest
} from './folder.ts';
import { writeRows } from './rows.ts';

export interface RestorePorts {
	/** open, and not migrated */
	database: Database;
	storage: Storage;
	dataDir: string;
}

export interface Restored {
	time: string;
	rows: number;
	files: number;
	bytes: number;
	/** files that the backup does not have: they were lost before it was made */
	missing: string[];
}

/** @returns the manifest of a time, or of the latest one; @throws AuraError not_found */
export async function findBackup(
	folder: string,
	time?: string
): Promise<{ time: string; manifest: Manifest }> {
	const latest = time ?? (await listTimes(folder))[0];
	if (!latest) throw new AuraError('not_found', `There is no backup in ${folder}.`);
	return { time: latest, manifest: await readManifest(folder, latest) };
}

/**
 * Reads every byte of a backup.
 * @throws AuraError invalid when anything is not what was written
 */
export async function checkBackup(folder: string, time?: string): Promise<Restored> {
	const found = await findBackup(folder, time);
	const { manifest } = found;
	const at = join(folder, found.time);
	for (const table of manifest.tables) await assertUnharmed(at, table);
	const missing = new Set(manifest.missing);
	const files = diskStorage(folder);
	for await (const file of filesOf(at, manifest.tables)) {
		if (missing.has(file.path)) continue;
		const stored = await files.get(file.path);
		try {
			if (!stored) throw new Damaged(`${file.path} is not there`);
			for await (const part of checked(stored.stream, file)) void part;
		} catch (error) {
			throw new AuraError('invalid', `The backup is damaged: ${(error as Error).message}.`);
		}
	}
	return summary(found.time, manifest);
}

const summary = (time: string, { tables, files, bytes, missing }: Manifest): Restored => ({
	time,
	rows: tables.reduce((sum, { rows }) => sum + rows, 0),
	files,
	bytes,
	missing
});

/** @throws AuraError invalid when this version does not know the form of the backup's tables */
function assertKnown({ migrations, application }: Manifest): void {
	const names = new Set(known.map(({ name }) => name));
	const strange = migrations.find(({ name }) => !names.has(name));
	if (strange)
		throw new AuraError(
			'invalid',
			`The backup was made by version ${application}, which is later than this one (${strange.name}). Update first.`
		);
}

async function isStored(storage: Storage, file: Parameters<typeof checked>[1]): Promise<boolean> {
	const stored = await storage.get(file.path);
	if (!stored) return false;
	try {
		for await (const part of checked(stored.stream, file)) void part;
		return true;
	} catch {
		return false;
	}
}

/**
 * @throws AuraError not_found, invalid when the backup is damaged or of a later version, conflict when the installation is
 * in use
 */
export async function restoreBackup(
	{ database, storage, dataDir }: RestorePorts,
	folder: string,
	time?: string
): Promise<Restored> {
	const found = await findBackup(folder, time);
	const { manifest } = found;
	const at = join(folder, found.time);
	assertKnown(manifest);
	for (const table of manifest.tables) await assertUnharmed(at, table);
	await migrate(database, new Set(manifest.migrations.map(({ name }) => name)));
	const [used] = await database.query(`select 1 from users limit 1`);
	if (used)
		throw new AuraError(
			'conflict',
			'This installation is in use. Restore into an empty one: another DATA_DIR, an empty database.'
		);

	const missing = new Set(manifest.missing);
	const source = diskStorage(folder);
	for await (const file of filesOf(at, manifest.tables)) {
		if (missing.has(file.path) || (await isStored(storage, file))) continue;
		const bytes = await source.get(file.path);
		try {
			if (!bytes) throw new Damaged(`${file.path} is not there`);
			await storage.put(file.path, checked(bytes.stream, file));
		} catch (error) {
			if (!(error instanceof Damaged)) throw error;
			throw new AuraError('invalid', `The backup is damaged: ${error.message}.`);
		}
	}

	await mkdir(dataDir, { recursive: true });
	for (const name of keyFiles.filter((each) => manifest.keys.includes(each)))
		await writeFile(join(dataDir, name), await readFile(join(at, 'keys', name)), { mode: 0o600 });

	await database.transaction(async (queries) => {
		await inUtc(queries);
		for (const { name, columns, rows, digest } of manifest.tables) {
			const there = await writeRows(queries, name, columns, readLines(at, name));
			if (there.rows !== rows || there.digest !== digest)
				throw new AuraError('invalid', `${name} is not what it was. Nothing was restored.`);
		}
		// devices doubt what they were told is saved, and give back what the backup lacks
		await queries.query(
			`update installation set epoch = gen_random_uuid(), backup_until = null, backed_up_at = $1`,
			[manifest.madeAt]
		);
	});
	await migrate(database);
	return summary(found.time, manifest);
}
