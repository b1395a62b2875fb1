import type { RelayStore } from '#sync/relay/relay.ts';
import type { Commit, StoredDocument } from '#sync/relay/room.ts';
import { parseDocumentName } from '#shared/documents/names.ts';
import { storableText } from '#shared/text.ts';
import type { Database, Queries } from '../database/database.ts';
import { project } from './projection.ts';

/** Which workspace a document belongs to; null when nobody knows the document. */
export async function ownerOfDocument(
	database: Database,
	document: string
): Promise<string | null> {
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

/** The documents' log in the database. The SQL projection is written in the same transaction. */
export function createRelayStore(database: Database): RelayStore {
	const owners = new Map<string, string>();
	const ownerOf = async (document: string): Promise<string> => {
		const known = owners.get(document) ?? (await ownerOfDocument(database, document));
		if (!known) throw new Error(`nobody owns ${document}`);
		owners.set(document, known);
		return known;
	};
	return {
		async load(document) {
			const workspace = await ownerOf(document);
			return database.tenant(workspace, (queries) => load(queries, workspace, document));
		},
		async commit(commits) {
			const byWorkspace = new Map<string, Commit[]>();
			for (const commit of commits) {
				const workspace = await ownerOf(commit.document);
				const list = byWorkspace.get(workspace) ?? [];
				list.push(commit);
				byWorkspace.set(workspace, list);
			}
			for (const [workspace, list] of byWorkspace) {
				if (list.every((commit) => commit.update.length === 0 && !commit.refused)) continue;
				await database.tenant(workspace, async (queries) => {
					for (const commit of list) await append(queries, workspace, commit);
				});
			}
		}
	};
}

async function load(
	queries: Queries,
	workspace: string,
	document: string
): Promise<StoredDocument> {
	const updates = await queries.query<{ bytes: Uint8Array }>(
		`select bytes from document_updates where workspace_id = $1 and document = $2 order by seq`,
		[workspace, document]
	);
	const clients = await queries.query<{ client_id: number; owner: string }>(
		`select client_id, owner from document_clients where workspace_id = $1 and document = $2`,
		[workspace, document]
	);
	return {
		updates: updates.map((row) => row.bytes),
		clients: new Map(clients.map((row) => [Number(row.client_id), row.owner]))
	};
}

async function append(queries: Queries, workspace: string, commit: Commit): Promise<void> {
	const { document, author, update, newClients, refused } = commit;
	if (update.length > 0)
		await queries.query(
			`insert into document_updates (workspace_id, document, author, bytes) values ($1, $2, $3, $4)`,
			[workspace, document, author, update]
		);
	for (const client of newClients)
		await queries.query(
			`insert into document_clients (workspace_id, document, client_id, owner) values ($1, $2, $3, $4)
			 on conflict do nothing`,
			[workspace, document, client, author]
		);
	if (refused)
		await queries.query(
			`insert into document_refusals (workspace_id, document, author, bytes, refusals) values ($1, $2, $3, $4, $5::text::jsonb)`,
			[
				workspace,
				document,
				author,
				refused.update,
				// what was refused may be what no database holds
				JSON.stringify(refused.refusals, (_, value: unknown) =>
					typeof value === 'string' ? storableText(value) : value
				)
			]
		);
	await project(queries, workspace, commit);
}
