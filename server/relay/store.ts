import type { RefusedNotice } from '#sync/relay/protocol.ts';
import type { RelayStore } from '#sync/relay/relay.ts';
import type { StoredDocument } from '#sync/relay/entries.ts';
import { parseDocumentName } from '#shared/documents/names.ts';
import type { DataAccess, Queries } from '../database/database.ts';
import { commitAll, commitAtOnce, entriesAfter } from './commit.ts';

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
			const outcomes =
				(await commitAtOnce(database, groups)) ??
				(await database.transaction((queries) => commitAll(queries, groups)));
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
