// Every earlier version's database, with people in it, comes up to this one and keeps what it had.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import type { Database } from '../../server/database/database.ts';
import { forgetOld, unadopt } from '../../server/database/adopt.ts';
import { migrate, migrations } from '../../server/database/migrate.ts';
import { openPglite } from '../../server/database/pglite.ts';
import { openPostgres } from '../../server/database/postgres.ts';
import { makeBackup } from '../../server/features/backups/backup.ts';
import { restoreBackup } from '../../server/features/backups/restore.ts';
import { createRelayStore } from '../../server/relay/store.ts';
import { diskStorage } from '../../server/storage/disk.ts';
import { root } from '../support/paths.ts';
import { freshDatabase } from '../support/database.ts';
import { layDatabase } from '../support/template.ts';

const ids = {
	hana: '00000000-0000-4000-8000-000000000001',
	dawit: '00000000-0000-4000-8000-000000000002',
	studio: '00000000-0000-4000-8000-000000000003',
	event: '00000000-0000-4000-8000-000000000004',
	below: '00000000-0000-4000-8000-000000000005'
};

async function withDatabase(run: (database: Database) => Promise<void>): Promise<void> {
	const fresh = await freshDatabase();
	const folder = mkdtempSync(join(tmpdir(), 'aura-migrate-'));
	if (!fresh) await layDatabase(folder, 'empty');
	const database = fresh ? openPostgres(fresh.url) : await openPglite(folder);
	try {
		await run(database);
	} finally {
		await database.close();
		await fresh?.drop();
		rmSync(folder, { recursive: true, force: true });
	}
}

/** The database as an earlier version left it. @param count of the migrations that it knew */
async function before(database: Database, count: number): Promise<void> {
	await database.script(
		`create table migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now())`
	);
	for (const { name, sql } of migrations.slice(0, count)) {
		const checksum = createHash('sha256').update(sql).digest('hex');
		await database.script(
			`${sql}\n;insert into migrations (name, checksum) values ('${name}', '${checksum}');`
		);
	}
	await database.query(
		`insert into users (id, email, name, password_hash) values ($1, 'hana@example.com', 'Hana', 'x'), ($2, 'dawit@example.com', 'Dawit', 'x')`,
		[ids.hana, ids.dawit]
	);
	await database.query(`insert into workspaces (id, slug, name) values ($1, 'abeba', 'Abeba')`, [
		ids.studio
	]);
	await database.query(
		`insert into members (workspace_id, user_id, role) values ($1, $2, 'owner'), ($1, $3, 'photographer')`,
		[ids.studio, ids.hana, ids.dawit]
	);
	await database.query(
		`insert into sessions (id, user_id, expires_at) values ('s', $1, now() + interval '1 day')`,
		[ids.hana]
	);
	await database.tenant(ids.studio, async (queries) => {
		await queries.query(
			`insert into projects (workspace_id, id, type, name, parent, created_at) values
			 ($1, $2, 'event', 'Timket', null, now()), ($1, $3, 'event', 'Below', $2, now())`,
			[ids.studio, ids.event, ids.below]
		);
		await queries.query(
			// from 0013 on whoever stores counts
			count < 13
				? `insert into document_updates (workspace_id, document, author, bytes) values ($1, $2, 'server', $3)`
				: `insert into document_updates (workspace_id, document, author, bytes, seq) values ($1, $2, 'server', $3, 1)`,
			[ids.studio, `workspace/${ids.studio}`, Uint8Array.from([0, 0])]
		);
	});
}

describe('an earlier database', () => {
	it.each(migrations.slice(0, -1).map(({ name }, at) => [name, at + 1] as const))(
		'of %s comes up, keeps what it had, and works',
		async (_, count) => {
			await withDatabase(async (database) => {
				await before(database, count);
				await migrate(database);
				await migrate(database); // once more does nothing
				const applied = await database.query(`select 1 from migrations`);
				expect(applied).toHaveLength(migrations.length);
				const [session] = await database.query(
					`select user_id, method, device from sessions where id = 's'`
				);
				expect(session).toEqual({ user_id: ids.hana, method: 'password', device: '' });
				const kept = await database.tenant(ids.studio, async (queries) => ({
					projects: await queries.query(
						`select name, status, trashed_at from projects where workspace_id = $1 order by name`,
						[ids.studio]
					),
					updates: await queries.query(`select 1 from document_updates where workspace_id = $1`, [
						ids.studio
					]),
					// photographers saw everything before there were assignments
					assigned: await queries.query(
						`select project_id, user_id from assignments where workspace_id = $1`,
						[ids.studio]
					)
				}));
				expect(kept.projects).toEqual([
					{ name: 'Below', status: 'active', trashed_at: null },
					{ name: 'Timket', status: 'active', trashed_at: null }
				]);
				expect(kept.updates).toHaveLength(1);
				expect(kept.assigned).toEqual(
					count < 6 ? [{ project_id: ids.event, user_id: ids.dawit }] : []
				);
				const open = await database.query(
					`select relname from pg_class where relrowsecurity and not relforcerowsecurity`
				);
				expect(open).toEqual([]);
			});
		},
		60_000
	);
	it('is left alone when it was changed behind our back', async () => {
		await withDatabase(async (database) => {
			await migrate(database);
			await database.query(`update migrations set checksum = 'x' where name like '0003%'`);
			await expect(migrate(database)).rejects.toThrow(/0003.*was changed/);
		});
	}, 60_000);
	it('is as it was when a step fails', async () => {
		await withDatabase(async (database) => {
			await before(database, 5);
			await database.script(`create table teams (x int)`); // in the way of 0006
			await expect(migrate(database)).rejects.toThrow();
			const applied = await database.query(`select 1 from migrations`);
			expect(applied).toHaveLength(5);
			const columns = await database.query(
				`select 1 from information_schema.columns where table_name = 'projects' and column_name = 'slug'`
			);
			expect(columns).toEqual([]);
			await database.script(`drop table teams`);
			await migrate(database);
		});
	}, 60_000);
});

describe('an installation from before workspaces', () => {
	const fixture = readFileSync(join(root, 'tests/fixtures/before-workspaces.sql'), 'utf8');
	const tablesOf = async (database: Database, schema: string) =>
		(
			await database.query<{ name: string }>(
				`select tablename as name from pg_tables where schemaname = $1 order by 1`,
				[schema]
			)
		).map(({ name }) => name);
	const adopted = (database: Database) =>
		database.query<{ id: string; name: string }>(`select id, name from workspaces`);

	it('becomes one workspace with everything, once, however often it is started', async () => {
		await withDatabase(async (database) => {
			await database.script(fixture);
			for (let start = 0; start < 3; start++) await migrate(database);
			const workspaces = await adopted(database);
			expect(workspaces.map(({ name }) => name)).toEqual(['Studio Abeba']);
			const { id } = workspaces[0]!;
			const members = await database.query(
				`select u.email, m.role, u.is_superadmin from members m join users u on u.id = m.user_id order by 1`
			);
			expect(members).toEqual([
				{ email: 'dawit@example.com', role: 'photographer', is_superadmin: false },
				{ email: 'hana@example.com', role: 'owner', is_superadmin: true }
			]);
			const rows = await database.tenant(id, async (queries) => ({
				photos: await queries.query(
					`select name, camera, size::int as size from photos where workspace_id = $1`,
					[id]
				),
				marks: await queries.query(`select value from photo_marks where workspace_id = $1`, [id]),
				files: await queries.query(`select path from assets where workspace_id = $1`, [id]),
				faces: await queries.query(
					`select embedding::text as embedding from faces where workspace_id = $1`,
					[id]
				),
				assigned: await queries.query(`select user_id from assignments where workspace_id = $1`, [
					id
				])
			}));
			expect(rows).toEqual({
				photos: [{ name: 'IMG_1.JPG', camera: 'NIKON', size: 100 }],
				marks: [{ value: 4 }],
				// files stay where they are: the table says where
				files: [{ path: 'files/2025/irreechaa/IMG_1.JPG' }],
				faces: [{ embedding: '[1,2,3]' }],
				assigned: [{ user_id: ids.dawit }]
			});
			expect(await database.query(`select workspace_id from guest_codes`)).toEqual([
				{ workspace_id: id }
			]);
			expect(await database.query(`select document, workspace_id from document_owners`)).toEqual([
				{ document: `event/${ids.event}`, workspace_id: id }
			]);
			const open = await database.query(
				`select relname from pg_class where relrowsecurity and not relforcerowsecurity`
			);
			expect(open).toEqual([]);
		});
	}, 60_000);

	it('has documents that devices open as they were', async () => {
		await withDatabase(async (database) => {
			await database.script(fixture);
			const doc = new Y.Doc();
			doc.getMap('projectFields').set(`${ids.event}/name`, 'ኢሬቻ');
			await database.query(
				`insert into document_updates (document, author, bytes) values ('studio', $1, $2)`,
				[ids.hana, Y.encodeStateAsUpdate(doc)]
			);
			await database.query(`insert into document_clients values ('studio', $1, $2)`, [
				doc.clientID,
				ids.hana
			]);
			await migrate(database);
			const { id } = (await adopted(database))[0]!;
			const stored = await createRelayStore(database).load(`workspace/${id}`);
			const opened = new Y.Doc();
			for (const update of stored.updates) Y.applyUpdate(opened, update);
			expect(opened.getMap('projectFields').get(`${ids.event}/name`)).toBe('ኢሬቻ');
			expect(stored.clients.get(doc.clientID)).toBe(ids.hana);
		});
	}, 60_000);

	it('goes back as it was, and forward again', async () => {
		await withDatabase(async (database) => {
			await database.script(fixture);
			const before = await tablesOf(database, 'public');
			await migrate(database);
			await unadopt(database);
			expect(await tablesOf(database, 'public')).toEqual(before);
			expect(await tablesOf(database, 'before_workspaces')).toEqual([]);
			expect(await database.query(`select name, role from users order by name`)).toEqual([
				{ name: 'Dawit', role: 'photographer' },
				{ name: 'Hana', role: 'owner' }
			]);
			expect(await database.query(`select embedding::text as e from faces`)).toEqual([
				{ e: '[1,2,3]' }
			]);
			await migrate(database);
			expect(await adopted(database)).toHaveLength(1);
			await forgetOld(database);
			await expect(unadopt(database)).rejects.toThrow(/no installation from before/);
			await migrate(database);
			expect(await adopted(database)).toHaveLength(1);
		});
	}, 60_000);

	it('is whole after a start that was cut in the middle', async () => {
		await withDatabase(async (database) => {
			await database.script(fixture);
			const cut: Database = {
				...database,
				script(sql) {
					if (sql.includes('create table teams')) return Promise.reject(new Error('power cut'));
					return database.script(sql);
				}
			};
			await expect(migrate(cut)).rejects.toThrow('power cut');
			await migrate(database);
			expect(await adopted(database)).toHaveLength(1);
			expect(await database.query(`select 1 from users`)).toHaveLength(2);
		});
	}, 60_000);
});

describe('a backup of an earlier version', () => {
	const first = migrations.findIndex(({ name }) => name.startsWith('0020')) + 1;
	it.each(migrations.slice(first - 1, -1).map(({ name }, at) => [name, first + at] as const))(
		'of %s is put back by this one, which brings it up',
		async (_, count) => {
			const folder = mkdtempSync(join(tmpdir(), 'aura-older-'));
			const ports = (database: Database) => ({
				database,
				storage: diskStorage(join(folder, 'storage')),
				dataDir: join(folder, 'data')
			});
			await withDatabase(async (database) => {
				await before(database, count);
				const made = await makeBackup(
					{ ...ports(database), version: '0.0.1' },
					join(folder, 'backup')
				);
				expect(made.rows).toBeGreaterThan(5);
			});
			await withDatabase(async (database) => {
				await restoreBackup(ports(database), join(folder, 'backup'));
				expect(await database.query(`select 1 from migrations`)).toHaveLength(migrations.length);
				const [session] = await database.query(`select user_id from sessions where id = 's'`);
				expect(session).toEqual({ user_id: ids.hana });
				const projects = await database.tenant(ids.studio, (queries) =>
					queries.query<{ name: string }>(
						`select name from projects where workspace_id = $1 order by name`,
						[ids.studio]
					)
				);
				expect(projects.map(({ name }) => name)).toEqual(['Below', 'Timket']);
				// once: an installation that is in use takes none
				await expect(restoreBackup(ports(database), join(folder, 'backup'))).rejects.toMatchObject({
					code: 'conflict'
				});
			});
			rmSync(folder, { recursive: true, force: true });
		},
		60_000
	);
});
