// Archives are made in the background, into the storage: fetching them can break off and go on.
import { createHash } from 'node:crypto';
import { AuraError } from '#shared/errors.ts';
import { EXPORT_DAYS } from '#shared/export-days.ts';
import type { Export } from '#shared/exports.ts';
import type { Database, Queries } from '../../database/database.ts';
import type { Storage } from '../../storage/storage.ts';
import { storedBytes } from '../usage/store.ts';
import { findWorkspace } from '../workspaces/store.ts';
import { type Manifest, writeArchive } from './archive.ts';

/** How often whoever makes an archive says that it goes on, and after how long of silence it died, ms. */
const ALIVE_MS = 5_000;
const DEAD_MS = 60_000;

interface Row {
	id: string;
	state: Export['state'];
	has_faces: boolean;
	created_at: Date;
	is_dead: boolean;
	done: string;
	total: string;
	size: string | null;
	sha256: string | null;
}

const toExport = (row: Row): Export => ({
	id: row.id,
	state: row.is_dead ? 'failed' : row.state,
	hasFaces: row.has_faces,
	createdAt: row.created_at.toISOString(),
	goesAt: new Date(row.created_at.getTime() + EXPORT_DAYS * 86_400_000).toISOString(),
	done: Number(row.done),
	total: Number(row.total),
	size: row.size === null ? null : Number(row.size),
	sha256: row.sha256
});

const columns = `id, state, has_faces, created_at, done, total, size, sha256,
	(state = 'running' and alive_at < now() - interval '${DEAD_MS / 1_000} seconds') as is_dead`;

const archivePath = (workspace: string, id: string) => `exports/${workspace}/${id}.zip`;

/** The server ends in the middle of it. */
class Stopped extends Error {}

export interface Exports {
	list(workspace: string): Promise<Export[]>;
	/** Begins to make one. @throws AuraError conflict while another one is being made */
	begin(workspace: string, by: string | null, hasFaces: boolean): Promise<Export>;
	/** @throws AuraError not_found, conflict when it is not finished */
	find(workspace: string, id: string): Promise<Export & { path: string }>;
	/** Removes what nobody can fetch any more. */
	sweep(): Promise<void>;
	/** Waits for those that are being made. */
	settled(): Promise<void>;
	/** Gives up what is being made. */
	stop(): Promise<void>;
}

export function createExports(
	database: Database,
	storage: Storage,
	report: (error: unknown) => void
): Exports {
	const underway = new Set<Promise<void>>();
	let isStopped = false;

	const update = (workspace: string, id: string, set: string, values: (string | number)[] = []) =>
		database.tenant(workspace, (queries) =>
			queries.query(
				`update exports set alive_at = now() ${set} where workspace_id = $1 and id = $2`,
				[workspace, id, ...values]
			)
		);

	const make = async (workspace: string, id: string, hasFaces: boolean): Promise<void> => {
		let done = 0;
		const alive = setInterval(
			() => void update(workspace, id, ', done = $3', [done]).catch(report),
			ALIVE_MS
		);
		const path = archivePath(workspace, id);
		try {
			const { name, slug, plan, settings } = await findWorkspace(database, workspace);
			const facts: Manifest['workspace'] = { id: workspace, name, slug, plan, settings };
			const hash = createHash('sha256');
			let size = 0;
			const bytes = writeArchive(database, storage, {
				workspace: facts,
				hasFaces,
				madeAt: new Date().toISOString(),
				onFile: (of) => (done += of)
			});
			const watched = async function* () {
				for await (const part of bytes) {
					if (isStopped) return;
					hash.update(part);
					size += part.length;
					yield part;
				}
			};
			await storage.put(path, watched());
			if (isStopped) throw new Stopped();
			const set = `, state = 'ready', done = total, size = $3, sha256 = $4`;
			await update(workspace, id, set, [size, hash.digest('hex')]);
		} catch (error) {
			if (!(error instanceof Stopped)) report(error);
			await storage.remove(path).catch(report);
			await update(workspace, id, `, state = 'failed'`).catch(report);
		} finally {
			clearInterval(alive);
		}
	};

	const lastOf = async (queries: Queries, workspace: string): Promise<Row[]> =>
		queries.query<Row>(
			`select ${columns} from exports where workspace_id = $1 order by created_at desc limit 10`,
			[workspace]
		);

	const settled = async () => {
		await Promise.all(underway);
	};
	return {
		list: async (workspace) =>
			(await database.tenant(workspace, (queries) => lastOf(queries, workspace))).map(toExport),
		async begin(workspace, by, hasFaces) {
			const row = await database.tenant(workspace, async (queries) => {
				const total = await storedBytes(queries, workspace);
				// one at a time: whoever asks at the same moment waits here, and sees the other's
				await queries.query(`select pg_advisory_xact_lock(hashtext('exports/' || $1))`, [
					workspace
				]);
				const last = await lastOf(queries, workspace);
				if (last.some(({ state, is_dead }) => state === 'running' && !is_dead))
					throw new AuraError('conflict', 'An archive is being made already. Wait for it.');
				const [made] = await queries.query<Row>(
					`insert into exports (workspace_id, has_faces, created_by, total) values ($1, $2, $3, $4) returning ${columns}`,
					[workspace, hasFaces, by, total]
				);
				return made!;
			});
			const making = make(workspace, row.id, hasFaces).finally(() => underway.delete(making));
			underway.add(making);
			return toExport(row);
		},
		async find(workspace, id) {
			const [row] = await database.tenant(workspace, (queries) =>
				queries.query<Row>(
					`select ${columns} from exports where workspace_id = $1 and id::text = $2`,
					[workspace, id]
				)
			);
			if (!row) throw new AuraError('not_found', 'There is no such archive (any more).');
			const found = toExport(row);
			if (found.state !== 'ready') throw new AuraError('conflict', 'This archive is not finished.');
			return { ...found, path: archivePath(workspace, id) };
		},
		async sweep() {
			const workspaces = await database.query<{ id: string }>(`select id from workspaces`);
			for (const { id } of workspaces) {
				const gone = await database.tenant(id, (queries) =>
					queries.query<{ id: string }>(
						`select id from exports where workspace_id = $1 and created_at < now() - interval '${EXPORT_DAYS} days'`,
						[id]
					)
				);
				// the row last: after a crash it is tried again
				for (const { id: archive } of gone) {
					await storage.remove(archivePath(id, archive));
					await database.tenant(id, (queries) =>
						queries.query(`delete from exports where workspace_id = $1 and id = $2`, [id, archive])
					);
				}
			}
		},
		settled,
		async stop() {
			isStopped = true;
			await settled();
		}
	};
}
