import { HISTORY_DAYS } from '#shared/documents/history.ts';
import { declarations, parseDocumentName } from '#shared/documents/names.ts';
import { type PastEntry, type Step, replay } from '#sync/documents/history.ts';
import type { Database } from '../../database/database.ts';

/** Entries that are read and replayed before others get their turn. */
const PAGE = 500;

interface Row {
	seq: number;
	author: string;
	bytes: Uint8Array;
	receipt: Uint8Array | null;
	created_at: Date;
}

/** @returns every change of a document in the last days, in its order; the document is as after the last one */
export async function stepsOf(
	database: Database,
	workspace: string,
	document: string
): Promise<Step[]> {
	const asked = [workspace, document];
	const base = await database.tenant(workspace, async (queries) => {
		const [first] = await queries.query<{ seq: number | null }>(
			`select min(seq) as seq from document_updates where workspace_id = $1 and document = $2`,
			asked
		);
		const begin = Number(first?.seq ?? 0);
		// what the entries stand on: nothing, or the document as it was after an entry that is followed by all others
		if (begin <= 1) return null;
		const [snapshot] = await queries.query<{ seq: number; bytes: Uint8Array }>(
			`select seq, bytes from document_snapshots where workspace_id = $1 and document = $2 and seq >= $3 order by seq limit 1`,
			[...asked, begin - 1]
		);
		return snapshot ?? null;
	});
	const next = replay(declarations[parseDocumentName(document)!.kind], base?.bytes ?? null);
	const since = Date.now() - HISTORY_DAYS * 86_400_000;
	const steps: Step[] = [];
	let last = Number(base?.seq ?? 0);
	for (;;) {
		const rows = await database.tenant(workspace, (queries) =>
			queries.query<Row>(
				`select seq, author, bytes, receipt, created_at from document_updates
				 where workspace_id = $1 and document = $2 and seq > $3 order by seq limit ${PAGE}`,
				[...asked, last]
			)
		);
		for (const { seq, author, bytes, receipt, created_at: at } of rows) {
			const entry: PastEntry = { seq: Number(seq), at, author, update: bytes, receipt };
			const made = next(entry);
			if (at.getTime() >= since) steps.push(...made);
		}
		if (rows.length < PAGE) return steps;
		last = Number(rows.at(-1)!.seq);
		await new Promise((resolve) => setImmediate(resolve));
	}
}
