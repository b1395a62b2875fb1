// The embedded database on a disk that drops what was not synced: what it called stored is there after the power cut.
import { PGlite } from '@electric-sql/pglite';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { openPglite } from '../../server/database/pglite.ts';
import { type LossyDisk, watchDisk } from '../support/power-cut.ts';
import { seededRandom } from '../simulation/world.ts';

const ROUNDS = Number(process.env['AURA_ROUNDS'] ?? 4);
let disk: LossyDisk;
const folders: string[] = [];
const folder = () => {
	const made = mkdtempSync(join(tmpdir(), 'aura-power-'));
	folders.push(made);
	return made;
};
afterEach(() => {
	disk.stop();
	for (const each of folders.splice(0)) rmSync(each, { recursive: true, force: true });
});

it(`keeps every stored row over ${ROUNDS} power cuts, checkpoints between them`, async () => {
	const random = seededRandom(7);
	let current = folder();
	let stored = 0;
	for (let round = 0; round < ROUNDS; round++) {
		disk = watchDisk();
		const database = await openPglite(current);
		await database.script('create table if not exists words (id int primary key, text text)');
		const before = await database.query<{ id: number }>('select id from words order by id');
		expect(before.map(({ id }) => id)).toEqual(Array.from({ length: stored }, (_, id) => id));
		const count = 20 + Math.floor(random() * 60);
		for (let i = 0; i < count; i++) {
			await database.query('insert into words values ($1, $2)', [stored, 'x'.repeat(200)]);
			stored++;
			if (random() < 0.05) await database.query('checkpoint');
		}
		const next = folder();
		disk.cut(current, next);
		disk.stop();
		await database.close();
		rmSync(join(next, 'lock'), { force: true });
		current = next;
	}
	disk = watchDisk();
	const database = await openPglite(current);
	const rows = await database.query<{ id: number }>('select id from words order by id');
	expect(rows).toHaveLength(stored);
	await database.close();
}, 300_000);

it('would lose rows without syncing: the disk here does drop them', async () => {
	disk = watchDisk();
	const current = folder();
	const pg = await PGlite.create({ dataDir: join(current, 'database') });
	await pg.exec('create table words (id int primary key, text text)');
	for (let i = 0; i < 30; i++) await pg.query('insert into words values ($1, $2)', [i, 'x']);
	expect(disk.unsynced()).toBeGreaterThan(0);
	const next = folder();
	disk.cut(current, next);
	await pg.close();
	const found = await PGlite.create({ dataDir: join(next, 'database') })
		.then(async (after) => {
			const { rows } = await after.query('select id from words');
			await after.close();
			return rows.length;
		})
		.catch(() => 0);
	expect(found).toBeLessThan(30);
}, 120_000);
