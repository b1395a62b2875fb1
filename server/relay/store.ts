import type { Outcome } from '#sync/relay/commits.ts';
import type { RefusedNotice } from '#sync/relay/protocol.ts';
import type { RelayStore } from '#sync/relay/relay.ts';
import type { DocumentCommit, Entry, LogEntry, StoredDocument } from '#sync/relay/entries.ts';
import { parseDocumentName } from '#shared/documents/names.ts';
import { storableText } from '#shared/text.ts';
import { type DataAccess, type Queries, becomeTenant } from '../database/database.ts';
import { project } from './projection.ts';

/** Which workspace a document belongs to; null when nobody knows the document. */
export async function ownerOfDocument(database: Queries, document: string): Promise<string | null> {
	const name = parseDocumentName(document);
	if (!name) return null;
	if (name.kind !== 'event') {
		const rows = await database.query<{ id: string }>(`select id from workspaces where id = $1`, [
			name.id
		]);
		return rows[0]?.id ?? null;
	}
	const rows = await database.query<{ workspace_id: string }>(
		`select workspace_id from document_owners where document = $1`,
		[document]
	);
	return rows[0]?.workspace_id ?? null;
}

/** Snapshot, entries after it and client ids of a document, in one question. */
export async function loadDocument(
	queries: Queries,
	workspace: string,
	document: string
): Promise<StoredDocument & { tail: number }> {
	const rows = await queries.query<{
		kind: 'snapshot' | 'entry' | 'client';
		number: number;
		bytes: Uint8Array | null;
		owner: string | null;
	}>(
		`with snapshot as (
			select seq, bytes from document_snapshots where workspace_id = $1 and document = $2 order by seq desc limit 1
		 )
		 select 'snapshot' as kind, seq as number, bytes, null as owner from snapshot
		 union all
		 select 'entry', seq, bytes, null from document_updates
		 where workspace_id = $1 and document = $2 and seq > coalesce((select seq from snapshot), 0)
		 union all
		 select 'client', client_id, null, owner from document_clients where workspace_id = $1 and document = $2
		 order by kind desc, number`,
		[workspace, document]
	);
	const states = rows.filter(({ kind }) => kind !== 'client');
	return {
		head: Number(states.at(-1)?.number ?? 0),
		updates: states.map(({ bytes }) => bytes!),
		tail: states.filter(({ kind }) => kind === 'entry').length,
		clients: new Map(
			rows
				.filter(({ kind }) => kind === 'client')
				.map(({ number, owner }) => [Number(number), owner!])
		)
	};
}

/** Documents of a workspace that have entries. */
export const documentsOf = async (queries: Queries, workspace: string): Promise<string[]> => {
	const rows = await queries.query<{ document: string }>(
		`select document from documents where workspace_id = $1`,
		[workspace]
	);
	return rows.map(({ document }) => document);
};

const entriesAfter = async (
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

/** The documents' log in the database. The SQL projection is written in the same transaction. */
export function createRelayStore(
	database: DataAccess,
	/** told how many entries of a document were read or stored */
	count: (document: string, entries: number) => void = () => {}
): RelayStore {
	const owners = new Map<string, string>();
	const ownerOf = async (document: string): Promise<string> => {
		const known = owners.get(document) ?? (await ownerOfDocument(database, document));
		if (!known) throw new Error(`nobody owns ${document}`);
		owners.set(document, known);
		return known;
	};
	/** In the order in which all processes lock them. */
	const byWorkspace = async <Item extends { document: string }>(
		items: Item[]
	): Promise<[workspace: string, Item[]][]> => {
		const groups = new Map<string, Item[]>();
		for (const item of items) {
			const workspace = await ownerOf(item.document);
			groups.set(workspace, [...(groups.get(workspace) ?? []), item]);
		}
		for (const group of groups.values())
			group.sort((a, b) => (a.document < b.document ? -1 : a.document > b.document ? 1 : 0));
		return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
	};
	return {
		async load(document) {
			const workspace = await ownerOf(document);
			const stored = await database.tenant(workspace, (queries) =>
				loadDocument(queries, workspace, document)
			);
			count(document, stored.tail);
			return stored;
		},
		async commit(commits) {
			const groups = await byWorkspace(commits);
			const before = new Map(commits.map(({ document, head }) => [document, head]));
			const outcomes = await database.transaction((queries) => commitAll(queries, groups));
			for (const [document, outcome] of outcomes)
				if (outcome.kind === 'stored') count(document, outcome.head - before.get(document)!);
			return outcomes;
		},
		async since(document, head) {
			const workspace = await ownerOf(document);
			const entries = await database.tenant(workspace, (queries) =>
				entriesAfter(queries, workspace, document, head)
			);
			return entries.length > 0 && entries[0]!.seq > head + 1 ? null : entries;
		},
		async heads(documents) {
			const heads = new Map<string, number>();
			// nobody else writes into it
			if (database.kind === 'embedded') return heads;
			for (const [workspace, group] of await byWorkspace(
				documents.map((document) => ({ document }))
			)) {
				const rows = await database.tenant(workspace, (queries) =>
					queries.query<{ document: string; head: number }>(
						`select document, head from documents where workspace_id = $1 and document = any($2)`,
						[workspace, group.map(({ document }) => document)]
					)
				);
				for (const { document, head } of rows) heads.set(document, Number(head));
			}
			return heads;
		},
		async refusalsOf(document, author, after) {
			const workspace = await ownerOf(document);
			return database.tenant(workspace, (queries) =>
				refusalsAfter(queries, workspace, document, author, after)
			);
		}
	};
}

/** Locks every document, takes up what others have stored, and stores what there is. */
async function commitAll(
	queries: Queries,
	groups: [workspace: string, DocumentCommit[]][]
): Promise<Map<string, Outcome>> {
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

async function refusalsAfter(
	queries: Queries,
	workspace: string,
	document: string,
	author: string,
	after: number
): Promise<RefusedNotice[]> {
	const rows = await queries.query<{
		id: number;
		structs: RefusedNotice['structs'];
		lost: RefusedNotice['lost'];
		refusals: RefusedNotice['refusals'];
		at: Date;
	}>(
		`select id, structs, lost, refusals, created_at as at from document_refusals
		 where workspace_id = $1 and document = $2 and author = $3 and id > $4 order by id limit 1000`,
		[workspace, document, author, after]
	);
	return rows.map(({ id, structs, lost, refusals, at }) => ({
		id: Number(id),
		structs,
		lost,
		refusals,
		at: at.toISOString()
	}));
}
