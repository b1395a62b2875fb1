// Stores what documents have new, in one transaction: entries of the log, whom client ids belong to, refusals, projections.
import type { Outcome } from '#sync/relay/commits.ts';
import type { DocumentCommit, Entry, LogEntry } from '#sync/relay/entries.ts';
import { storableText } from '#shared/text.ts';
import {
	type DataAccess,
	type Queries,
	type Statement,
	becomeTenant
} from '../database/database.ts';
import { isInOneGo, project } from './projection.ts';

/** What there is to store, in the order in which all processes lock it. */
export type Groups = [workspace: string, DocumentCommit[]][];

export const entriesAfter = async (
	queries: Queries,
	workspace: string,
	document: string,
	head: number
): Promise<LogEntry[]> => {
	const rows = await queries.query<{
		seq: number;
		author: string;
		bytes: Uint8Array;
		receipt: Uint8Array | null;
	}>(
		`select seq, author, bytes, receipt from document_updates
		 where workspace_id = $1 and document = $2 and seq > $3 order by seq`,
		[workspace, document, head]
	);
	return rows.map(({ seq, author, bytes, receipt }) => ({
		seq: Number(seq),
		author,
		update: bytes,
		receipt
	}));
};

/** Locks every document, takes up what others have stored, and stores what there is. */
export async function commitAll(queries: Queries, groups: Groups): Promise<Map<string, Outcome>> {
	const outcomes = new Map<string, Outcome>();
	// a transaction that was one workspace's from the beginning stays it
	const becomeAgain = async (workspace: string) => {
		if (groups.length > 1) await becomeTenant(queries, workspace);
	};
	const heads = await Promise.all(
		groups.map(async ([workspace, commits]) => {
			const [, rows] = await Promise.all([
				becomeTenant(queries, workspace),
				lockDocuments(
					queries,
					workspace,
					commits.map(({ document }) => document)
				)
			]);
			return rows;
		})
	);
	for (const [at, [workspace, commits]] of groups.entries()) {
		for (const commit of commits) {
			const head = heads[at]!.get(commit.document)!;
			if (head === commit.head) continue;
			await becomeAgain(workspace);
			const missed = await entriesAfter(queries, workspace, commit.document, commit.head);
			const isWhole = missed[0]?.seq === commit.head + 1;
			if (!isWhole || !commit.catchUp(missed)) outcomes.set(commit.document, { kind: 'conflict' });
		}
	}
	// from here to the last `take` nothing is waited for: what memory says is what the log says afterwards
	const taken = groups.map(([workspace, commits], at) => ({
		workspace,
		documents: commits
			.filter(({ document }) => !outcomes.has(document))
			.map((commit) => ({
				document: commit.document,
				head: heads[at]!.get(commit.document)!,
				...commit.take()
			}))
	}));
	for (const { workspace, documents } of taken) {
		if (documents.length === 0) continue;
		await Promise.all([becomeAgain(workspace), append(queries, workspace, documents, outcomes)]);
	}
	return outcomes;
}

/** Statements that are sent later, all together; each answers its sender then. */
function recording() {
	const statements: Statement[] = [];
	const senders: ((rows: object[]) => void)[] = [];
	const add = (statement: Statement) =>
		new Promise<object[]>((resolve) => {
			statements.push(statement);
			senders.push(resolve);
		});
	const queries: Queries = {
		query: (sql, parameters = []) => add({ sql, parameters }) as Promise<never>
	};
	return {
		add,
		queries,
		statements,
		answer: (rows: object[][]) => senders.forEach((answered, at) => answered(rows[at]!))
	};
}

/**
 * The same as `commitAll`, all sent at once, for what nobody else has stored something of meanwhile: each answer that is
 * waited for crosses threads twice.
 * @returns null, and nothing is stored, when that cannot be or is not so
 */
export async function commitAtOnce(
	database: DataAccess,
	groups: Groups
): Promise<Map<string, Outcome> | null> {
	const isNew = groups.some(([, commits]) => commits.some(({ head }) => head === 0));
	if (isNew) return null;
	const taken = groups.map(([workspace, commits]) => ({
		workspace,
		documents: commits.map((commit) => ({
			document: commit.document,
			head: commit.head,
			...commit.take()
		}))
	}));
	if (!taken.every(({ documents }) => isInOneGo(documents))) return null;
	const outcomes = new Map<string, Outcome>();
	const { queries, statements, add, answer } = recording();
	for (const { workspace, documents } of taken) {
		void becomeTenant(queries, workspace);
		void add(unchanged(workspace, documents));
	}
	const appended = taken.map(({ workspace, documents }) => {
		if (groups.length > 1) void becomeTenant(queries, workspace);
		return append(queries, workspace, documents, outcomes);
	});
	const rows = await database.atOnce(statements);
	if (!rows) return null;
	answer(rows);
	await Promise.all(appended);
	return outcomes;
}

/** Locks documents, and expects them as they were. */
const unchanged = (workspace: string, documents: Taken[]): Statement => ({
	sql: `select count(*)::int as same from (
		 	select document, head from documents where workspace_id = $1 and document = any($2) order by document for update
		 ) d join jsonb_to_recordset($3::text::jsonb) as h(document text, head bigint) on h.document = d.document and h.head = d.head`,
	parameters: [
		workspace,
		documents.map(({ document }) => document),
		JSON.stringify(documents.map(({ document, head }) => ({ document, head })))
	],
	expected: [{ same: documents.length }]
});

async function lockDocuments(
	queries: Queries,
	workspace: string,
	documents: string[]
): Promise<Map<string, number>> {
	// a lock alone writes no new version of the row, at some hundred commits a second
	const rows = await queries.query<{ document: string; head: number }>(
		`select document, head from documents where workspace_id = $1 and document = any($2) order by document for update`,
		[workspace, documents]
	);
	const heads = new Map(rows.map(({ document, head }) => [document, Number(head)]));
	const missing = documents.filter((document) => !heads.has(document));
	if (missing.length === 0) return heads;
	// other workspaces' questions were sent in between
	const [, made] = await Promise.all([
		becomeTenant(queries, workspace),
		queries.query<{ document: string; head: number }>(
			`insert into documents (workspace_id, document)
			 select $1, document from unnest($2::text[]) with ordinality as d(document, place) order by place
			 on conflict (workspace_id, document) do update set head = documents.head
			 returning document, head`,
			[workspace, missing]
		)
	]);
	for (const { document, head } of made) heads.set(document, Number(head));
	return heads;
}

type Taken = { document: string; head: number } & ReturnType<DocumentCommit['take']>;

/** Writes entries, client ids, refusals and projections of one workspace's documents. */
async function append(
	queries: Queries,
	workspace: string,
	documents: Taken[],
	outcomes: Map<string, Outcome>
): Promise<void> {
	const rows: { document: string; seq: number; entry: Entry }[] = [];
	const after: { document: string; head: number }[] = [];
	for (const { document, head, entries } of documents) {
		let seq = head;
		for (const entry of entries)
			if (entry.update.length > 0) rows.push({ document, seq: ++seq, entry });
		after.push({ document, head: seq });
	}
	const clients = documents.flatMap(({ document, entries }) =>
		entries.flatMap(({ newClients }) =>
			newClients.map(([client, owner]) => ({ document, client, owner }))
		)
	);
	const refused = documents.flatMap(({ document, entries }) =>
		entries.flatMap(({ refused }) => refused.map((notice) => ({ document, ...notice })))
	);
	const [, , , numbers] = await Promise.all([
		insertEntries(queries, workspace, rows),
		rows.length > 0 &&
			queries.query(
				`update documents d set head = h.head from jsonb_to_recordset($2::text::jsonb) as h(document text, head bigint)
				 where d.workspace_id = $1 and d.document = h.document`,
				[workspace, JSON.stringify(after)]
			),
		clients.length > 0 &&
			queries.query(
				`insert into document_clients (workspace_id, document, client_id, owner)
				 select $1, c.document, c.client, c.owner
				 from jsonb_to_recordset($2::text::jsonb) as c(document text, client bigint, owner text)`,
				[workspace, JSON.stringify(clients)]
			),
		refused.length > 0 ? insertRefusals(queries, workspace, refused) : [],
		project(queries, workspace, documents)
	]);
	const at = new Date().toISOString();
	for (const { document, head } of after) {
		const count = refused.filter((each) => each.document === document).length;
		outcomes.set(document, { kind: 'stored', head, refusals: numbers.splice(0, count), at });
	}
}

/** Bytes go as one value, cut again by the database: one statement for any number of entries. */
async function insertEntries(
	queries: Queries,
	workspace: string,
	rows: { document: string; seq: number; entry: Entry }[]
): Promise<void> {
	if (rows.length === 0) return;
	const lengths: object[] = [];
	const parts: Uint8Array[] = [];
	let at = 1;
	for (const { document, seq, entry } of rows) {
		const { author, update, receipt } = entry;
		const [u, r] = [update.length, receipt.length];
		lengths.push({ document, seq, author, a: at, u, b: at + u, r });
		parts.push(update, receipt);
		at += u + r;
	}
	await queries.query(
		`insert into document_updates (workspace_id, document, seq, author, bytes, receipt)
		 select $1, e.document, e.seq, e.author, substring($3::bytea from e.a for e.u), substring($3::bytea from e.b for e.r)
		 from jsonb_to_recordset($2::text::jsonb) as e(document text, seq bigint, author text, a int, u int, b int, r int)`,
		[workspace, JSON.stringify(lengths), Buffer.concat(parts)]
	);
}

async function insertRefusals(
	queries: Queries,
	workspace: string,
	refused: ({ document: string } & Entry['refused'][number])[]
): Promise<number[]> {
	const rows = refused.map((each, place) => ({ place, ...each }));
	const made = await queries.query<{ id: number }>(
		`insert into document_refusals (workspace_id, document, author, structs, lost, refusals)
		 select $1, r.document, r.author, r.structs, r.lost, r.refusals
		 from jsonb_to_recordset($2::text::jsonb) as r(place int, document text, author text, structs jsonb, lost jsonb, refusals jsonb)
		 order by r.place returning id`,
		[
			workspace,
			// what was refused may be what no database holds
			JSON.stringify(rows, (_, value: unknown) =>
				typeof value === 'string' ? storableText(value) : value
			)
		]
	);
	return made.map(({ id }) => Number(id)).sort((a, b) => a - b);
}
