// Moving an installation from the embedded database to another one, and making projections again.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TableReport, copyDatabase } from '../../server/database/copy.ts';
import type { Database } from '../../server/database/database.ts';
import { migrate } from '../../server/database/migrate.ts';
import { openPglite } from '../../server/database/pglite.ts';
import { openPostgres } from '../../server/database/postgres.ts';
import { rebuildProjections, verifyProjections } from '../../server/relay/rebuild.ts';
import { makeEvent, openStockClient, photoFacts, setUp, until } from '../support/client.ts';
import { freshDatabase } from '../support/database.ts';
import { addPerson, otherStudio } from '../support/people.ts';
import { startTestServer } from '../support/server.ts';

let folder: string;
let source: Database;
let target: Database;
let reports: TableReport[];
let drop: (() => Promise<void>) | undefined;

/** Two studios with people, documents, a log: then the server stops, and its folder is kept. */
async function installation(): Promise<string> {
	const server = await startTestServer({ isEmbedded: true });
	const hana = await setUp(server);
	await addPerson(server, hana.workspace, 'editor');
	const dawit = await addPerson(server, hana.workspace, 'photographer');
	await otherStudio(server);
	const event = await makeEvent(hana, 'ኢሬቻ');
	const base = `/api/workspaces/${hana.workspace}`;
	await hana.request('POST', `${base}/assignments`, {
		assign: [{ project: event, user: dawit.userId }]
	});
	await hana.json('POST', `${base}/teams`, { name: 'Seconds', members: [dawit.userId] });
	await hana.json('POST', `${base}/costs`, { day: '2026-01-19', usd: 12.5, what: 'Data' });
	await hana.json('POST', `${base}/api-keys`, { name: 'Agent', scope: 'import' });
	await hana.json('POST', `${base}/invitations`, { email: 'x@example.com', role: 'viewer' });
	const client = openStockClient(server.url, dawit.cookie, `event/${event}`, { aura: true });
	await client.synced;
	for (let at = 0; at < 3; at++) {
		const facts = photoFacts(dawit.userId);
		const id = facts.sha256.slice(0, 32);
		client.doc.getMap('photos').set(id, facts);
		client.doc.getMap('marks').set(`${id}/rating`, at + 1);
	}
	await until('saved', () => (client.saved().get(client.doc.clientID) ?? 0) >= 6);
	client.destroy();
	const vector = `[${Array.from({ length: 128 }, (_, at) => Math.sin(at)).join(',')}]`;
	await server.database.query(
		`insert into faces (workspace_id, event_id, photo_id, face, model, box, quality, embedding)
		 values ($1, $2, 'x', 0, 'dlib-resnet-128', '{0.1,0.2,0.3,0.4}', 0.87654321, $3::vector)`,
		[hana.workspace, event, vector]
	);
	const copy = mkdtempSync(join(tmpdir(), 'aura-copy-'));
	await server.database.close();
	cpSync(join(server.dataDir, 'database'), join(copy, 'database'), { recursive: true });
	expect(server.reports).toEqual([]);
	await server.stop().catch(() => undefined);
	rmSync(server.dataDir, { recursive: true, force: true });
	return copy;
}

beforeAll(async () => {
	folder = await installation();
	source = await openPglite(folder);
	const fresh = await freshDatabase();
	drop = fresh?.drop;
	target = fresh ? openPostgres(fresh.url) : await openPglite(join(folder, 'target'));
	await migrate(target);
	reports = await copyDatabase(source, target);
}, 120_000);
afterAll(async () => {
	await source?.close();
	await target?.close();
	await drop?.();
	rmSync(folder, { recursive: true, force: true });
});

describe('a copy of the database', () => {
	it('has every row of every table, byte for byte', async () => {
		const rowsOf = (table: string) => reports.find((report) => report.table === table)?.rows;
		expect(rowsOf('users')).toBe(4);
		expect(rowsOf('workspaces')).toBe(2);
		expect(rowsOf('photos')).toBe(3);
		expect(rowsOf('faces')).toBe(1);
		expect(rowsOf('assignments')).toBe(1);
		expect(reports.every(({ rows, copied }) => rows === copied)).toBe(true);
		const tables = await source.query<{ name: string }>(
			`select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'migrations'`
		);
		expect(reports.map(({ table }) => table).sort()).toEqual(tables.map(({ name }) => name).sort());
	});
	it('can be run again, and says what differs', async () => {
		const again = await copyDatabase(source, target);
		expect(again.every(({ copied }) => copied === 0)).toBe(true);
		const [{ id }] = (await source.query<{ id: string }>(`select id from workspaces limit 1`)) as [
			{ id: string }
		];
		await target.query(`update workspaces set name = 'Changed there' where id = $1`, [id]);
		await expect(copyDatabase(source, target)).rejects.toThrow(/workspaces is not the same/);
		await target.query(`delete from workspaces where id = $1`, [id]);
		const mended = await copyDatabase(source, target);
		expect(mended.find(({ table }) => table === 'workspaces')?.copied).toBe(1);
	}, 60_000);
	it('goes on counting where the source was, behind the same walls', async () => {
		const tables = await target.query<{ name: string }>(
			`select relname as name from pg_class where relrowsecurity and not relforcerowsecurity`
		);
		expect(tables).toEqual([]);
		const [{ id, last }] = (await target.query<{ id: string; last: number }>(
			`select workspace_id as id, max(id)::int as last from audit_log group by 1 order by 2 desc limit 1`
		)) as [{ id: string; last: number }];
		const [made] = await target.query<{ id: number }>(
			`insert into audit_log (workspace_id, action, subject) values ($1, 'test', 'x') returning id::int as id`,
			[id]
		);
		expect(made!.id).toBeGreaterThan(last);
	});
	it('does not go into somebody else’s installation', async () => {
		const other = await openPglite(join(folder, 'other'));
		try {
			await migrate(other);
			await other.query(
				`insert into users (id, email, name, password_hash) values (gen_random_uuid(), 'a@b.c', 'A', 'x')`
			);
			await expect(copyDatabase(source, other)).rejects.toThrow(/another installation/);
		} finally {
			await other.close();
		}
	}, 60_000);
});

describe('projections', () => {
	it('are what the documents say, are found wrong when they are not, and made again', async () => {
		expect(await verifyProjections(source)).toEqual([]);
		await source.query(`delete from photos where id = (select min(id) from photos)`);
		await source.query(`update projects set name = 'Wrong'`);
		const differences = await verifyProjections(source);
		expect(differences.join('\n')).toMatch(/photos lacks 1 rows/);
		expect(differences.join('\n')).toMatch(/projects lacks 1 rows and has 1/);
		const { documents, rows } = await rebuildProjections(source);
		expect([documents, rows]).toEqual([2, 7]);
		expect(await verifyProjections(source)).toEqual([]);
	});
});
