// A long log is kept short: one snapshot stands for everything up to an entry.
import { createHash } from 'node:crypto';
import { HISTORY_DAYS } from '#shared/documents/history.ts';
import { declarations, parseDocumentName } from '#shared/documents/names.ts';
import type { Database } from '../database/database.ts';
import { foldUpdates } from './fold.ts';
import { loadDocument, ownerOfDocument } from './store.ts';

/** Entries after a snapshot that make another one worth it. */
const FOLD_AFTER = 500;
/** Entries after which it is made while people go on editing. */
const FOLD_AT = 20_000;
/** ms without entries after which it is made: whoever is working now has the processor. */
const QUIET_MS = 2_000;
/** Entries before a snapshot that stay: other processes may be about to read them. */
const KEPT = 200;

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/**
 * Puts a snapshot in the place of a document's log, once it has been read back and gives the same document.
 * @param after makes none for fewer entries than these
 * @returns whether it made one
 */
export async function makeSnapshot(
	database: Database,
	document: string,
	after = FOLD_AFTER
): Promise<boolean> {
	const workspace = await ownerOfDocument(database, document);
	const name = parseDocumentName(document);
	if (!workspace || !name) return false;
	const stored = await database.tenant(workspace, (queries) =>
		loadDocument(queries, workspace, document)
	);
	if (stored.tail < after) return false;
	const bytes = await foldUpdates(stored.updates, Object.keys(declarations[name.kind]));
	return database.tenant(workspace, async (queries) => {
		const [made] = await queries.query<{ bytes: Uint8Array }>(
			`insert into document_snapshots (workspace_id, document, seq, bytes, sha256) values ($1, $2, $3, $4, $5)
			 on conflict do nothing returning bytes`,
			[workspace, document, stored.head, bytes, sha256(bytes)]
		);
		if (!made) return false; // another process was faster
		if (!sha256(made.bytes).equals(sha256(bytes)))
			throw new Error(`${document}: the snapshot does not read as it was written`);
		await queries.query(
			// one a day, and of those from before people may look back the last one: the kept entries stand on it
			`delete from document_snapshots s where workspace_id = $1 and document = $2 and exists (
				select from document_snapshots later where later.workspace_id = $1 and later.document = $2
				and later.seq > s.seq and later.seq <= $3
				and (later.created_at < now() - make_interval(days => $4) or later.created_at::date = s.created_at::date)
			 )`,
			[workspace, document, stored.head, HISTORY_DAYS]
		);
		await queries.query(
			`delete from document_updates where workspace_id = $1 and document = $2 and seq <= $3 and seq <= (
				select max(seq) from document_snapshots where workspace_id = $1 and document = $2
				and created_at < now() - make_interval(days => $4)
			 )`,
			[workspace, document, stored.head - KEPT, HISTORY_DAYS]
		);
		return true;
	});
}

/** Counts what is stored, and makes snapshots, one at a time. */
export function createSnapshots(database: Database, report: (error: unknown) => void) {
	const tails = new Map<string, { count: number; at: number }>();
	let timer: NodeJS.Timeout | null = null;
	let running: Promise<void> | null = null;
	const isDue = ({ count, at }: { count: number; at: number }) =>
		count >= FOLD_AT || (count >= FOLD_AFTER && performance.now() - at >= QUIET_MS);
	const run = async () => {
		for (const [document, tail] of tails) {
			if (!isDue(tail)) continue;
			tails.delete(document);
			await makeSnapshot(database, document).catch(report);
		}
		running = null;
		look();
	};
	const look = () => {
		if (timer || running) return;
		if (![...tails.values()].some(({ count }) => count >= FOLD_AFTER)) return;
		timer = setTimeout(() => {
			timer = null;
			running = run();
		}, QUIET_MS / 2).unref();
	};
	return {
		/** So many entries were read or stored. */
		count(document: string, entries: number): void {
			const count = (tails.get(document)?.count ?? 0) + entries;
			tails.set(document, { count, at: performance.now() });
			if (count >= FOLD_AFTER) look();
		},
		/** Waits for the one that is being made. */
		async stop(): Promise<void> {
			if (timer) clearTimeout(timer);
			tails.clear();
			await running;
		}
	};
}
