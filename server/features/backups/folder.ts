// How a backup lies in its folder: bytes of files once, under the paths that they have in the storage; beside them a folder
// for each time, with the rows of that moment. A time is there when its manifest is.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { AuraError } from '#shared/errors.ts';

export const BACKUP_VERSION = 1;

const tableSchema = z.object({
	name: z.string().regex(/^[a-z_]+$/),
	columns: z.array(z.string()),
	rows: z.int(),
	/** over the rows, in whatever order */
	digest: z.string(),
	/** of the file that they lie in */
	sha256: z.string()
});
const manifestSchema = z.object({
	version: z.literal(BACKUP_VERSION),
	/** version of the application that made it */
	application: z.string(),
	madeAt: z.string(),
	migrations: z.array(z.object({ name: z.string(), checksum: z.string() })),
	/** in the order in which they are restored */
	tables: z.array(tableSchema),
	files: z.int(),
	bytes: z.int(),
	/** files that were lost or damaged in the installation */
	missing: z.array(z.string()),
	/** names of the installation's keys that are in it */
	keys: z.array(z.string())
});
export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestTable = Manifest['tables'][number];

/** Names sort by time, and are good on every file system. */
export const nameOf = (time: Date): string =>
	time.toISOString().slice(0, 19).replaceAll(':', '-') + 'Z';
const isName = (name: string) => /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/.test(name);

export const manifestFile = 'manifest.json';
const tableFile = (at: string, table: string) => join(at, 'tables', `${table}.ndjson.gz`);

/** Times that a folder has a whole backup of, the latest first. */
export async function listTimes(folder: string): Promise<string[]> {
	const names = await readdir(folder).catch(() => [] as string[]);
	return names.filter(isName).sort().reverse();
}

/** @throws AuraError not_found, invalid */
export async function readManifest(folder: string, time: string): Promise<Manifest> {
	const text = await readFile(join(folder, time, manifestFile), 'utf8').catch(() => {
		throw new AuraError('not_found', `There is no backup ${time} in ${folder}.`);
	});
	let given: unknown;
	try {
		given = JSON.parse(text);
	} catch {
		throw new AuraError('invalid', `The manifest of ${time} is damaged.`);
	}
	const manifest = manifestSchema.safeParse(given);
	if (manifest.success) return manifest.data;
	const version = (given as { version?: unknown } | null)?.version;
	throw new AuraError(
		'invalid',
		version === BACKUP_VERSION
			? `The manifest of ${time} is damaged.`
			: `The backup ${time} has the form ${String(version)}, which this version does not know. Update first.`
	);
}

/** @returns SHA-256 of the file that was made */
export async function writeLines(
	at: string,
	table: string,
	lines: AsyncIterable<string>
): Promise<string> {
	const hash = createHash('sha256');
	await pipeline(
		lines,
		async function* (all: AsyncIterable<string>) {
			for await (const line of all) yield `${line}\n`;
		},
		createGzip({ level: 5 }),
		async function* (parts: AsyncIterable<Buffer>) {
			for await (const part of parts) {
				hash.update(part);
				yield part;
			}
		},
		createWriteStream(tableFile(at, table), { flush: true, mode: 0o600 })
	);
	return hash.digest('hex');
}

/** Lines of a table, each a row. */
export async function* readLines(at: string, table: string): AsyncGenerator<string> {
	const source = createReadStream(tableFile(at, table));
	const text = source.pipe(createGunzip());
	source.on('error', (error) => text.destroy(error));
	for await (const line of createInterface({ input: text, crlfDelay: Infinity })) yield line;
}

/** @throws AuraError invalid when the rows of a table are not what the manifest says */
export async function assertUnharmed(at: string, { name, sha256 }: ManifestTable): Promise<void> {
	const hash = createHash('sha256');
	try {
		for await (const part of createReadStream(tableFile(at, name))) hash.update(part as Buffer);
	} catch {
		throw new AuraError('invalid', `The backup is damaged: ${name} cannot be read.`);
	}
	if (hash.digest('hex') !== sha256)
		throw new AuraError('invalid', `The backup is damaged: ${name} is not what was written.`);
}

/** A stored file, as the rows name it. */
export interface BackedFile {
	path: string;
	size: number;
	sha256: string;
}

/** Tables whose rows name stored files. */
const naming = ['assets', 'face_models'];
/** Where stored files lie. */
export const fileFolders = ['files', 'models'];

/** Files that the rows of a backup name, each path once. @throws AuraError invalid when it has no such table */
export async function* filesOf(
	at: string,
	tables: readonly ManifestTable[]
): AsyncGenerator<BackedFile> {
	if (!tables.some(({ name }) => name === 'assets'))
		throw new AuraError('invalid', 'The backup is damaged: it names no files.');
	const seen = new Set<string>();
	for (const { name, columns } of tables.filter((table) => naming.includes(table.name))) {
		const [path, size, sha256] = ['path', 'size', 'sha256'].map((each) => columns.indexOf(each));
		for await (const line of readLines(at, name)) {
			const row = JSON.parse(line) as (string | null)[];
			const file = { path: row[path!]!, size: Number(row[size!]), sha256: row[sha256!]! };
			// a model whose file has not come yet
			if (file.path === null || seen.has(file.path)) continue;
			seen.add(file.path);
			yield file;
		}
	}
}

/** Passes bytes on; the end comes only when all of them are what they should be. @throws Damaged */
export class Damaged extends Error {}
export async function* checked(
	bytes: AsyncIterable<Uint8Array>,
	{ path, size, sha256 }: BackedFile
): AsyncGenerator<Uint8Array> {
	const hash = createHash('sha256');
	let length = 0;
	for await (const part of bytes) {
		hash.update(part);
		length += part.length;
		yield part;
	}
	if (length !== size || hash.digest('hex') !== sha256)
		throw new Damaged(`${path} is not what it was`);
}
