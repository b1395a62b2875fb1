// Writes everything of a workspace as one ZIP, piece by piece: memory stays flat however large it is.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import * as Y from 'yjs';
import { ZipFile } from 'yazl';
import { declarations, parseDocumentName } from '#shared/documents/names.ts';
import type { Database } from '../../database/database.ts';
import { documentsOf, loadDocument } from '../../relay/store.ts';
import type { Storage } from '../../storage/storage.ts';
import { type ExportedTable, exportedTables, readTable } from './tables.ts';

/** Version of the archive's layout. */
export const ARCHIVE_VERSION = 1;

/** One file of the archive, as its manifest says it. */
export interface ManifestEntry {
	path: string;
	size: number;
	sha256: string;
}
export interface Manifest {
	version: typeof ARCHIVE_VERSION;
	workspace: { id: string; name: string; slug: string; plan: string; settings: object };
	hasFaces: boolean;
	madeAt: string;
	entries: ManifestEntry[];
	/** files that the storage has lost */
	missing: string[];
}

export const manifestName = 'manifest.json';
/** Where a stored file is in the archive. */
export const archivedPath = (workspace: string, path: string): string =>
	`files/${path.slice(`files/${workspace}/`.length)}`;

/** What a row of people says. */
export interface ArchivedPerson {
	id: string;
	email: string;
	name: string;
	role: string;
}

export interface ArchiveWish {
	workspace: Manifest['workspace'];
	hasFaces: boolean;
	madeAt: string;
	/** told of each file of photos that is in */
	onFile?(bytes: number): void;
}

/** @returns the archive's bytes; ends with an error when something could not be read */
export function writeArchive(
	database: Database,
	storage: Storage,
	{ workspace, hasFaces, madeAt, onFile = () => {} }: ArchiveWish
): AsyncIterable<Uint8Array> {
	const { id } = workspace;
	const zip = new ZipFile();
	const entries: ManifestEntry[] = [];
	const missing: string[] = [];
	const mtime = new Date(madeAt);
	const tenant = <T>(run: Parameters<typeof database.tenant<T>>[1]) => database.tenant(id, run);

	/** Adds a file whose bytes are asked for when it is its turn. */
	const add = (
		path: string,
		open: () => AsyncIterable<Uint8Array>,
		given: { size?: number; compress: boolean }
	): void => {
		zip.addReadStreamLazy(path, { mtime, ...given }, (callback) => {
			const read = async function* () {
				const hash = createHash('sha256');
				let size = 0;
				for await (const bytes of open()) {
					hash.update(bytes);
					size += bytes.length;
					yield bytes;
				}
				if (path !== manifestName) entries.push({ path, size, sha256: hash.digest('hex') });
			};
			callback(null, Readable.from(read(), { objectMode: false }));
		});
	};
	const text = (path: string, open: () => AsyncIterable<string>) =>
		add(
			path,
			async function* () {
				for await (const part of open()) yield Buffer.from(part);
			},
			{ compress: true }
		);
	const rowsOf = (table: ExportedTable) =>
		text(`tables/${table.name}.ndjson`, async function* () {
			for await (const rows of readTable(tenant, id, table)) yield rows.join('\n') + '\n';
		});

	const plan = async () => {
		text('people.ndjson', async function* () {
			const people = await database.query<ArchivedPerson>(
				`select u.id, u.email, u.name, m.role from members m join users u on u.id = m.user_id
				 where m.workspace_id = $1 order by u.email`,
				[id]
			);
			for (const person of people) yield JSON.stringify(person) + '\n';
		});
		text('guest-codes.ndjson', async function* () {
			const codes = await database.query<{ row: string }>(
				`select (to_jsonb(g) - 'workspace_id')::text as row from guest_codes g where workspace_id = $1 order by code`,
				[id]
			);
			for (const { row } of codes) yield row + '\n';
		});
		for (const document of (await tenant((queries) => documentsOf(queries, id))).sort()) {
			const doc = new Y.Doc();
			const load = async () => {
				const { updates } = await tenant((queries) => loadDocument(queries, id, document));
				doc.transact(() => updates.forEach((update) => Y.applyUpdate(doc, update)));
			};
			add(
				`documents/${document}.yjs`,
				async function* () {
					await load();
					yield Y.encodeStateAsUpdate(doc);
				},
				{ compress: true }
			);
			text(`documents/${document}.json`, async function* () {
				const kind = parseDocumentName(document)?.kind;
				const roots = kind ? Object.keys(declarations[kind]) : [];
				yield JSON.stringify(
					Object.fromEntries(roots.map((root) => [root, doc.getMap(root).toJSON() as unknown]))
				);
				doc.destroy();
			});
		}
		for (const table of exportedTables) if (hasFaces || table.name !== 'faces') rowsOf(table);
		const assets = exportedTables.find(({ name }) => name === 'assets')!;
		for await (const rows of readTable(tenant, id, assets))
			for (const row of rows) {
				const { path, size, kind } = JSON.parse(row) as {
					path: string;
					size: number;
					kind: string;
				};
				if (kind === 'faces' && !hasFaces) continue;
				const file = await storage.get(path, { start: 0, end: 0 });
				await file?.stream.cancel();
				if (!file) {
					missing.push(path);
					continue;
				}
				add(
					archivedPath(id, path),
					async function* () {
						const found = await storage.get(path);
						// removed since it was planned: an archive with a hole in it is none
						if (!found) throw new Error(`${path} was removed meanwhile.`);
						for await (const bytes of found.stream) yield bytes;
						onFile(size);
					},
					// photos are compressed already
					{ size, compress: false }
				);
			}
		text(manifestName, async function* () {
			const manifest: Manifest = {
				version: ARCHIVE_VERSION,
				...{ workspace, hasFaces, madeAt, entries, missing }
			};
			yield JSON.stringify(manifest);
		});
		zip.end();
	};
	const output = zip.outputStream as unknown as Readable;
	zip.on('error', (error: Error) => output.destroy(error));
	plan().catch((error: unknown) => output.destroy(error as Error));
	return output;
}
