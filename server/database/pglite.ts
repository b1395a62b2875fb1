import { PGlite, type PGliteOptions, type Transaction } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { vector } from '@electric-sql/pglite-pgvector';
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, type Parameter, type Queries, becomeTenant } from './database.ts';
import { lockFolder } from './folder-lock.ts';

const queriesOf = (source: Pick<PGlite, 'query'> | Transaction): Queries => ({
	async query<Row extends object>(sql: string, parameters: Parameter[] = []) {
		return (await source.query<Row>(sql, parameters)).rows;
	}
});

interface Stream {
	nfd?: number;
	node: unknown;
}
interface EmscriptenFs {
	filesystems: {
		NODEFS: {
			realPath(node: unknown): string;
			stream_ops: { fsync?: (stream: Stream) => number };
		};
	};
}

function syncPath(path: string): void {
	const fd = openSync(path, 'r');
	try {
		fsyncSync(fd);
	} finally {
		closeSync(fd);
	}
}

/**
 * Files whose fsync reaches the disk: Emscripten's has none for Node's file system, so that Postgres believes a power cut
 * could not lose what it has synced. With it Postgres keeps its own promise (docs/decisions/015-power-cuts.md).
 */
class SyncedFs extends NodeFS {
	override async init(pg: PGlite, options: Partial<Parameters<NodeFS['init']>[1]>) {
		const made = await super.init(pg, options);
		const patch = ({ FS }: { FS: EmscriptenFs }) => {
			const { NODEFS } = FS.filesystems;
			NODEFS.stream_ops.fsync = (stream) => {
				if (stream.nfd === undefined) syncPath(NODEFS.realPath(stream.node));
				else fsyncSync(stream.nfd);
				return 0;
			};
		};
		const { emscriptenOpts } = made;
		emscriptenOpts.preRun = [patch as never, ...((emscriptenOpts.preRun as []) ?? [])];
		return made;
	}
}

const isSynced = [
	...PGlite.defaultStartParams.filter((param) => param !== '-F'),
	...['fsync=on', 'wal_sync_method=fsync', 'full_page_writes=on', 'synchronous_commit=on'].flatMap(
		(setting) => ['-c', setting]
	)
];

/** Everything below a folder reaches the disk. */
function syncAll(folder: string): void {
	for (const entry of readdirSync(folder, { withFileTypes: true })) {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) syncAll(path);
		else if (entry.isFile()) syncPath(path);
	}
	syncPath(folder);
}

/** Opens the embedded database in a folder, which no other process may use meanwhile. */
export async function openPglite(
	folder: string,
	extensions: NonNullable<PGliteOptions['extensions']> = { vector }
): Promise<Database> {
	const unlock = lockFolder(folder);
	const data = join(folder, 'database');
	const options: PGliteOptions = {
		extensions,
		fs: new SyncedFs(data),
		startParams: isSynced
	};
	const pg = await PGlite.create(options);
	// what was made or written before without syncing, once
	const marker = join(folder, 'database-is-synced');
	if (!existsSync(marker)) {
		syncAll(data);
		writeFileSync(marker, '');
	}
	const transaction: Database['transaction'] = (run) => pg.transaction((tx) => run(queriesOf(tx)));
	return {
		kind: 'embedded',
		...queriesOf(pg),
		transaction,
		tenant: (workspaceId, run) =>
			transaction(async (queries) => {
				await becomeTenant(queries, workspaceId);
				return run(queries);
			}),
		async script(sql) {
			await pg.transaction((tx) => tx.exec(sql));
		},
		exclusively: (run) => run(),
		notify: () => Promise.resolve(),
		listen: () => Promise.resolve(),
		async close() {
			await pg.close();
			unlock();
		}
	};
}
