// Projections made again from the documents' log, and compared with it.
import * as Y from 'yjs';
import type { Change } from '#sync/relay/entries.ts';
import { declarations, parseDocumentName } from '#shared/documents/names.ts';
import type { Database, Queries } from '../database/database.ts';
import { project } from './projection.ts';
import { documentsOf, loadDocument } from './store.ts';

interface DocumentOfWorkspace {
	workspace: string;
	document: string;
}

/** Documents that have a projection, the workspaces' own first: events are known from them. */
async function listDocuments(database: Database): Promise<DocumentOfWorkspace[]> {
	const workspaces = await database.query<{ id: string }>(`select id from workspaces order by id`);
	const found: DocumentOfWorkspace[] = [];
	for (const { id } of workspaces) {
		const all = await database.tenant(id, (queries) => documentsOf(queries, id));
		const names = all.filter((name) => !name.startsWith('desk/'));
		names.sort((a, b) => b.localeCompare(a)); // workspace/ before event/
		found.push(...names.map((document) => ({ workspace: id, document })));
	}
	return found;
}

/** All keys of a document with their values, as one commit would say them. */
async function changesOf(
	queries: Queries,
	{ workspace, document }: DocumentOfWorkspace
): Promise<Change[]> {
	const { updates } = await loadDocument(queries, workspace, document);
	const doc = new Y.Doc();
	doc.transact(() => {
		for (const update of updates) Y.applyUpdate(doc, update);
	});
	const roots = Object.keys(declarations[parseDocumentName(document)!.kind]);
	const changes = roots.flatMap((root) =>
		[...doc.getMap(root).entries()].map(([key, value]) => ({ root, key, value }))
	);
	doc.destroy();
	return changes;
}

/** Tables that are made from documents, and what of a document's rows is in them. */
const tables = [
	{ table: 'projects', kind: 'workspace', where: `workspace_id = $1` },
	{ table: 'people', kind: 'workspace', where: `workspace_id = $1` },
	{ table: 'camera_clocks', kind: 'event', where: `workspace_id = $1 and event_id = $2::uuid` },
	{ table: 'photos', kind: 'event', where: `workspace_id = $1 and event_id = $2::uuid` },
	{ table: 'photo_marks', kind: 'event', where: `workspace_id = $1 and event_id = $2::uuid` },
	{ table: 'face_decisions', kind: 'event', where: `workspace_id = $1 and event_id = $2::uuid` },
	{ table: 'forgotten_faces', kind: 'event', where: `workspace_id = $1 and event_id = $2::uuid` }
] as const;

const tablesOf = (document: string) =>
	tables.filter(({ kind }) => parseDocumentName(document)?.kind === kind);
const parametersOf = ({ workspace, document }: DocumentOfWorkspace, where: string) =>
	where.includes('$2') ? [workspace, parseDocumentName(document)!.id] : [workspace];

async function rebuildOne(queries: Queries, of: DocumentOfWorkspace): Promise<number> {
	const changes = await changesOf(queries, of);
	for (const { table, where } of tablesOf(of.document))
		await queries.query(`delete from ${table} where ${where}`, parametersOf(of, where));
	await project(queries, of.workspace, [{ document: of.document, changes }]);
	let rows = 0;
	for (const { table, where } of tablesOf(of.document)) {
		const [row] = await queries.query<{ count: number }>(
			`select count(*)::int as count from ${table} where ${where}`,
			parametersOf(of, where)
		);
		rows += row!.count;
	}
	return rows;
}

/** Makes all projections again, each document's in one transaction. */
export async function rebuildProjections(
	database: Database
): Promise<{ documents: number; rows: number }> {
	const documents = await listDocuments(database);
	let rows = 0;
	for (const of of documents)
		rows += await database.tenant(of.workspace, (queries) => rebuildOne(queries, of));
	return { documents: documents.length, rows };
}

class Undo extends Error {}

/** Compares projections with the documents; changes nothing. @returns what differs, in sentences */
export async function verifyProjections(database: Database): Promise<string[]> {
	const differences: string[] = [];
	for (const of of await listDocuments(database)) {
		const read = async (queries: Queries) => {
			const lines: Record<string, string[]> = {};
			for (const { table, where } of tablesOf(of.document)) {
				const rows = await queries.query<{ line: string }>(
					`select to_jsonb(t)::text as line from ${table} t where ${where} order by 1`,
					parametersOf(of, where)
				);
				lines[table] = rows.map(({ line }) => line);
			}
			return lines;
		};
		await database
			.tenant(of.workspace, async (queries) => {
				const before = await read(queries);
				await rebuildOne(queries, of);
				const after = await read(queries);
				for (const { table } of tablesOf(of.document)) {
					const wanted = new Set(after[table]);
					const there = new Set(before[table]);
					const missing = after[table]!.filter((line) => !there.has(line)).length;
					const wrong = before[table]!.filter((line) => !wanted.has(line)).length;
					if (missing + wrong > 0)
						differences.push(
							`${of.document}: ${table} lacks ${missing} rows and has ${wrong} that the document does not say.`
						);
				}
				throw new Undo();
			})
			.catch((error: unknown) => {
				if (!(error instanceof Undo)) throw error;
			});
	}
	return differences;
}
