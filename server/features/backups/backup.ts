// Backs the whole installation up while it is used (docs/decisions/023-backups.md): one snapshot of the database, then the
// files that it names, which nobody removes meanwhile.
import { cp, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AuraError } from '#shared/errors.ts';
import type { Database } from '../../database/database.ts';
import { columnsOf, inUtc, tablesInOrder } from '../../database/rows.ts';
import { diskStorage } from '../../storage/disk.ts';
import type { Storage } from '../../storage/storage.ts';
import {
	BACKUP_VERSION,
	type BackedFile,
	Damaged,
	type Manifest,
	type ManifestTable,
	checked,
	fileFolders,
	filesOf,
	listTimes,
	manifestFile,
	nameOf,
	readManifest,
	writeLines
} from './folder.ts';
import { createTally, leftOut, readRows } from './rows.ts';

/** Keys of an installation, as its DATA_DIR has them. */
export const keyFiles = ['secret-key', 'signing-key', 'claims-key.pem'] as const;

/** How long nobody removes stored files, from each renewal on; a backup that dies holds them up so long. */
const LEASE = `interval '1 hour'`;
const RENEW_MS = 5 * 60_000;
/** Files that are copied at a time. */
const LANES = 4;

export interface BackupPorts {
	database: Database;
	storage: Storage;
	dataDir: string;
	/** version of the application */
	version: string;
}

export interface Backup {
	time: string;
	rows: number;
	files: number;
	bytes: number;
	/** files that were copied now; the others were in the folder already */
	copied: number;
	/** files that are lost or damaged in the installation itself */
	missing: string[];
	/** older times that were given up */
	removed: string[];
}

/** @throws AuraError conflict while another backup is being made */
async function holdFiles(database: Database): Promise<() => Promise<void>> {
	const held = await database.query(
		`update installation set backup_until = now() + ${LEASE}
		 where backup_until is null or backup_until < now() returning 1`
	);
	if (held.length === 0)
		throw new AuraError('conflict', 'Another backup is being made at the moment.');
	const renewal = setInterval(
		() =>
			void database
				.query(`update installation set backup_until = now() + ${LEASE}`)
				// the next one comes long before it is over
				.catch(() => undefined),
		RENEW_MS
	).unref();
	return async () => {
		clearInterval(renewal);
		await database.query(`update installation set backup_until = null`);
	};
}

/** All rows, as they are at one moment. */
function dump(
	database: Database,
	at: string
): Promise<{ tables: ManifestTable[]; migrations: Manifest['migrations'] }> {
	return database.transaction(async (queries) => {
		await queries.query(`set transaction isolation level repeatable read, read only`);
		await inUtc(queries);
		const migrations = await queries.query<Manifest['migrations'][number]>(
			`select name, checksum from migrations order by name`
		);
		const workspaces = await queries.query<{ id: string }>(`select id::text from workspaces`);
		const ids = workspaces.map(({ id }) => id);
		const tables: ManifestTable[] = [];
		for (const name of await tablesInOrder(queries)) {
			if (leftOut.has(name)) continue;
			const columns = await columnsOf(queries, name);
			const tally = createTally();
			const lines = async function* () {
				for await (const row of readRows(queries, name, columns, ids)) {
					const line = JSON.stringify(row);
					tally.add(line);
					yield line;
				}
			};
			const sha256 = await writeLines(at, name, lines());
			tables.push({
				name,
				columns: columns.map((column) => column.name),
				...tally.result(),
				sha256
			});
		}
		return { tables, migrations };
	});
}

/** Copies what the folder does not have. */
async function copyFiles(
	storage: Storage,
	folder: string,
	files: AsyncGenerator<BackedFile>
): Promise<Pick<Backup, 'files' | 'bytes' | 'copied' | 'missing'>> {
	const target = diskStorage(folder);
	const there = new Map<string, number>();
	for await (const { path, size } of target.walk('files')) there.set(path, size);
	const done = { files: 0, bytes: 0, copied: 0, missing: [] as string[] };
	const lane = async () => {
		for await (const file of { [Symbol.asyncIterator]: () => ({ next: () => files.next() }) }) {
			if (there.get(file.path) !== file.size) {
				const stored = await storage.get(file.path);
				try {
					if (!stored) throw new Damaged(`${file.path} is not there`);
					await target.put(file.path, checked(stored.stream, file));
				} catch (error) {
					if (!(error instanceof Damaged)) throw error;
					done.missing.push(file.path);
					continue;
				}
				done.copied++;
			}
			done.files++;
			done.bytes += file.size;
		}
	};
	await Promise.all(Array.from({ length: LANES }, lane));
	return { ...done, missing: done.missing.sort() };
}

async function copyKeys(dataDir: string, at: string): Promise<string[]> {
	const keys: string[] = [];
	await mkdir(join(at, 'keys'), { mode: 0o700 });
	for (const name of keyFiles)
		await cp(join(dataDir, name), join(at, 'keys', name)).then(
			() => keys.push(name),
			(error: NodeJS.ErrnoException) => {
				// a key that the environment gives, or that was not needed yet
				if (error.code !== 'ENOENT') throw error;
			}
		);
	return keys;
}

/** Gives up older times, and files that none of the others has. @returns what went */
async function prune(folder: string, keep: number): Promise<string[]> {
	const times = await listTimes(folder);
	const going = times.slice(keep);
	if (going.length === 0) return [];
	for (const time of going) await rm(join(folder, time), { recursive: true, force: true });
	const wanted = new Set<string>();
	for (const time of times.slice(0, keep)) {
		const { tables } = await readManifest(folder, time);
		for await (const { path } of filesOf(join(folder, time), tables)) wanted.add(path);
	}
	const files = diskStorage(folder);
	for (const below of fileFolders)
		for await (const { path } of files.walk(below)) if (!wanted.has(path)) await files.remove(path);
	return going;
}

/** Says that a folder is ours: things are removed from it. */
const MARK = 'aura-backup.txt';

/** @throws AuraError conflict when somebody keeps other things there */
async function claimFolder(folder: string): Promise<void> {
	await mkdir(folder, { recursive: true, mode: 0o700 });
	const names = await readdir(folder);
	if (names.includes(MARK)) return;
	if (names.length > 0)
		throw new AuraError(
			'conflict',
			`${folder} holds other things. Choose an empty folder, or one that has a backup.`
		);
	const text = "Backups of Aura. 'npx aura restore' puts them back; see README.md of Aura.\n";
	await writeFile(join(folder, MARK), text);
}

/** What a backup that was cut off has left. */
async function clearParts(folder: string): Promise<void> {
	for (const name of await readdir(folder))
		if (name === '.parts' || /^\..*\.part$/.test(name))
			await rm(join(folder, name), { recursive: true, force: true });
}

async function syncFolder(path: string): Promise<void> {
	const folder = await open(path, 'r');
	await folder.sync().finally(() => folder.close());
}

/**
 * Adds a backup of this moment to a folder. What an earlier one brought there is not copied again.
 * @param options.keep how many times stay in the folder; absent: all
 * @throws AuraError conflict while another one is being made or when the folder holds other things, storage_full when it
 * is full
 */
export async function makeBackup(
	{ database, storage, dataDir, version }: BackupPorts,
	folder: string,
	options: { keep?: number; now?: () => Date } = {}
): Promise<Backup> {
	await claimFolder(folder);
	const release = await holdFiles(database);
	let madeAt = (options.now ?? (() => new Date()))();
	// names have whole seconds: the second backup of one is of the next
	const there = new Set(await listTimes(folder));
	while (there.has(nameOf(madeAt))) madeAt = new Date(madeAt.getTime() + 1_000);
	const time = nameOf(madeAt);
	const at = join(folder, `.${time}.part`);
	try {
		await clearParts(folder);
		await mkdir(join(at, 'tables'), { recursive: true, mode: 0o700 });
		const { tables, migrations } = await dump(database, at);
		const { copied, ...counts } = await copyFiles(storage, folder, filesOf(at, tables));
		const manifest: Manifest = {
			version: BACKUP_VERSION,
			application: version,
			madeAt: madeAt.toISOString(),
			migrations,
			tables,
			...counts,
			keys: await copyKeys(dataDir, at)
		};
		const text = JSON.stringify(manifest, null, '\t');
		await writeFile(join(at, manifestFile), text, { mode: 0o600, flush: true } as object);
		await syncFolder(at);
		await rename(at, join(folder, time));
		await clearParts(folder);
		await syncFolder(folder);
		await database.query(`update installation set backed_up_at = $1`, [madeAt.toISOString()]);
		const removed = options.keep === undefined ? [] : await prune(folder, options.keep);
		const rows = tables.reduce((sum, table) => sum + table.rows, 0);
		return { time, rows, copied, ...counts, removed };
	} catch (error) {
		await rm(at, { recursive: true, force: true });
		if (['ENOSPC', 'EDQUOT', 'storage_full'].includes((error as NodeJS.ErrnoException).code ?? ''))
			throw new AuraError('storage_full', `There is no room left in ${folder}.`);
		throw error;
	} finally {
		await release();
	}
}
