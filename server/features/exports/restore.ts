// Puts the archive of a workspace into an installation: every byte is compared with its manifest, and all of it is there
// afterwards, or nothing.
import { createHash, randomUUID } from 'node:crypto';
import { type Entry, type ZipFile, open } from 'yauzl';
import { AuraError } from '#shared/errors.ts';
import { idSchema } from '#shared/ids.ts';
import { type Database, becomeTenant } from '../../database/database.ts';
import type { Storage } from '../../storage/storage.ts';
import { hashPassword } from '../auth/passwords.ts';
import {
	ARCHIVE_VERSION,
	type ArchivedPerson,
	type Manifest,
	type ManifestEntry,
	archivedPath,
	manifestName
} from './archive.ts';
import { exportedTables, writeRows } from './tables.ts';

/** A file of the archive that is not photos is read into memory; larger ones are no archive of ours. */
const MAX_TEXT = 2 * 1024 ** 3;

export interface Restored {
	workspace: string;
	name: string;
	slug: string;
	photos: number;
	files: number;
	/** bytes of files */
	bytes: number;
	/** accounts that were made, without a password */
	newPeople: string[];
	/** files that were lost before the archive was made */
	missing: string[];
}

/** Whoever made the archive may have written into it whatever they liked. */
export const isOwnPath = (workspace: string, path: string): boolean =>
	path.startsWith(`files/${workspace}/`) &&
	path.split('/').every((part) => /^[\w-][\w.-]*$/.test(part));

async function openZip(path: string): Promise<{ zip: ZipFile; entries: Map<string, Entry> }> {
	const zip = await new Promise<ZipFile>((resolve, reject) =>
		open(path, { lazyEntries: true, autoClose: false }, (error, opened) =>
			error ? reject(error) : resolve(opened)
		)
	).catch((error: unknown) => {
		throw new AuraError('invalid', `This is no archive of ours: ${(error as Error).message}`);
	});
	const entries = new Map<string, Entry>();
	await new Promise<void>((resolve, reject) => {
		zip.on('entry', (entry: Entry) => {
			entries.set(entry.fileName, entry);
			zip.readEntry();
		});
		zip.on('end', resolve);
		zip.on('error', reject);
		zip.readEntry();
	});
	return { zip, entries };
}

const streamOf = (zip: ZipFile, entry: Entry): Promise<AsyncIterable<Uint8Array>> =>
	new Promise((resolve, reject) =>
		zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)))
	);

/** @throws AuraError invalid when the archive is damaged, conflict when the workspace is here already */
export async function restoreArchive(
	database: Database,
	storage: Storage,
	path: string,
	given: { slug?: string } = {}
): Promise<Restored> {
	const { zip, entries } = await openZip(path);
	try {
		return await restoreFrom(database, storage, zip, entries, given);
	} finally {
		zip.close();
	}
}

async function restoreFrom(
	database: Database,
	storage: Storage,
	zip: ZipFile,
	entries: Map<string, Entry>,
	given: { slug?: string }
): Promise<Restored> {
	const damaged = (what: string) => new AuraError('invalid', `The archive is damaged: ${what}.`);
	/** The bytes of a file; its last part comes only when all of them are what the manifest says. */
	async function* verified(entry: Entry, wanted: ManifestEntry | null) {
		const hash = createHash('sha256');
		let size = 0;
		for await (const bytes of await streamOf(zip, entry)) {
			hash.update(bytes);
			size += bytes.length;
			yield bytes;
		}
		if (wanted && (size !== wanted.size || hash.digest('hex') !== wanted.sha256))
			throw damaged(`${wanted.path} is not what it was`);
	}
	const readBytes = async (entry: Entry, wanted: ManifestEntry | null): Promise<Buffer> => {
		if (entry.uncompressedSize > MAX_TEXT) throw damaged(`${entry.fileName} is too large`);
		const parts: Uint8Array[] = [];
		for await (const part of verified(entry, wanted)) parts.push(part);
		return Buffer.concat(parts);
	};

	const manifestEntry = entries.get(manifestName);
	if (!manifestEntry) throw damaged('it has no manifest, so it was not finished');
	const manifest = JSON.parse((await readBytes(manifestEntry, null)).toString()) as Manifest;
	if (!idSchema.safeParse(manifest.workspace?.id).success) throw damaged('it names no workspace');
	if (manifest.version !== ARCHIVE_VERSION)
		throw new AuraError('invalid', `This archive is of version ${manifest.version}; update first.`);
	const wanted = new Map(manifest.entries.map((entry) => [entry.path, entry]));
	for (const name of wanted.keys()) if (!entries.has(name)) throw damaged(`${name} is missing`);

	const { id, name, plan, settings } = manifest.workspace;
	const slug = given.slug ?? manifest.workspace.slug;
	const there = await database.query<{ name: string }>(
		`select name from workspaces where id = $1 or slug = $2`,
		[id, slug]
	);
	if (there.length > 0)
		throw new AuraError(
			'conflict',
			`${there[0]!.name} is here already, or has this address. Remove it first, or give another address with --slug.`
		);
	const bytesOf = async (file: string) => readBytes(entries.get(file)!, wanted.get(file)!);
	const rowsOf = async <Row>(file: string): Promise<Row[]> =>
		entries.has(file)
			? (await bytesOf(file))
					.toString()
					.split('\n')
					.filter(Boolean)
					.map((line) => JSON.parse(line) as Row)
			: [];

	const assets = await rowsOf<{ id: string; path: string; sha256: string; size: number }>(
		'tables/assets.ndjson'
	);
	const files = new Set<string>();
	let bytes = 0;
	try {
		for (const asset of assets) {
			if (!isOwnPath(id, asset.path)) throw damaged(`${asset.path} is no place of this workspace`);
			const at = archivedPath(id, asset.path);
			const entry = entries.get(at);
			if (!entry) continue;
			await storage.put(asset.path, verified(entry, { ...asset, path: at }));
			files.add(asset.id);
			bytes += asset.size;
		}
		const newPeople = await enter();
		const photos = (await rowsOf('tables/photos.ndjson')).length;
		return {
			...{ workspace: id, name, slug, photos, bytes, newPeople },
			files: files.size,
			missing: manifest.missing
		};
	} catch (error) {
		await storage.removeFolder(`files/${id}`);
		throw error;
	}

	async function enter(): Promise<string[]> {
		const people = await rowsOf<ArchivedPerson>('people.ndjson');
		const codes = await rowsOf<{ code: string; event_id: string; revoked_at: string | null }>(
			'guest-codes.ndjson'
		);
		const documents = [...wanted.keys()]
			.filter((file) => /^documents\/.*\.yjs$/.test(file))
			.map((file) => ({ file, document: file.slice('documents/'.length, -'.yjs'.length) }));
		const newPeople: string[] = [];
		/** accounts here, by their ids in the archive */
		const userOf = new Map<string, string>();
		// whoever comes with the archive sets a password by a link
		const nobodyKnows = await hashPassword(randomUUID());
		await database.transaction(async (queries) => {
			await queries.query(
				`insert into workspaces (id, slug, name, plan, settings) values ($1, $2, $3, $4, $5::text::jsonb)`,
				[id, slug, name, plan, JSON.stringify(settings)]
			);
			for (const { id: from, email, name: called, role } of people) {
				const [known] = await queries.query<{ id: string }>(
					`select id from users where email = $1 or id = $2 order by email = $1 desc limit 1`,
					[email, from]
				);
				const user = known?.id ?? from;
				if (!known) {
					await queries.query(
						`insert into users (id, email, name, password_hash) values ($1, $2, $3, $4)`,
						[user, email, called, nobodyKnows]
					);
					newPeople.push(email);
				}
				userOf.set(from, user);
				await queries.query(
					`insert into members (workspace_id, user_id, role) values ($1, $2, $3)`,
					[id, user, role]
				);
			}
			for (const { code, event_id, revoked_at } of codes)
				await queries.query(
					`insert into guest_codes (code, workspace_id, event_id, revoked_at) values ($1, $2, $3, $4) on conflict do nothing`,
					[code, id, event_id, revoked_at]
				);
			for (const { document } of documents)
				await queries.query(
					`insert into document_owners (document, workspace_id) values ($1, $2)`,
					[document, id]
				);
			await becomeTenant(queries, id);
			for (const { name: table } of exportedTables) {
				const rows = await rowsOf<Record<string, unknown>>(`tables/${table}.ndjson`);
				const fitting = rows.flatMap((row) => {
					// what refers to files that were lost
					if (table === 'assets' && !files.has(row['id'] as string)) return [];
					if (table === 'photo_files' && !files.has(row['asset_id'] as string)) return [];
					// here nobody was warned: it has all of its time again
					if (table === 'temporary_photos')
						return [{ ...row, heard_at: new Date().toISOString(), warned: 0, warned_at: null }];
					if (table !== 'team_members' && table !== 'assignments') return [row];
					// people may be known here by another id
					const user = row['user_id'] as string | null;
					if (user === null) return [row];
					return userOf.has(user) ? [{ ...row, user_id: userOf.get(user) }] : [];
				});
				await writeRows(queries, id, table, fitting);
			}
			await queries.query(
				`insert into appearances_due (workspace_id, event_id) select distinct workspace_id, event_id from faces where workspace_id = $1`,
				[id]
			);
			for (const { file, document } of documents) {
				await queries.query(
					`insert into documents (workspace_id, document, head) values ($1, $2, 1)`,
					[id, document]
				);
				await queries.query(
					`insert into document_updates (workspace_id, document, seq, author, bytes) values ($1, $2, 1, 'server', $3)`,
					[id, document, await bytesOf(file)]
				);
			}
		});
		return newPeople;
	}
}
