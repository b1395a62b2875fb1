// Embedded databases to begin from: making one takes three seconds, copying one half a second.
import { createHash } from 'node:crypto';
import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	renameSync,
	rmSync
} from 'node:fs';
import { join } from 'node:path';
import { migrate, migrations } from '../../server/database/migrate.ts';
import { openPglite } from '../../server/database/pglite.ts';
import { root } from './paths.ts';

/** 'empty' as PGlite makes it, 'migrated' as a server finds it at its second start. */
export type Template = 'empty' | 'migrated';

const engine = readFileSync(join(root, 'node_modules/@electric-sql/pglite/package.json'), 'utf8');

/** Made once for what it depends on: engine, Node and migrations. */
async function templateOf(kind: Template): Promise<string> {
	const hash = createHash('sha256').update(engine).update(process.version);
	if (kind === 'migrated') for (const { name, sql } of migrations) hash.update(name).update(sql);
	const cache = join(root, '.cache');
	const template = join(cache, `database-${kind}-${hash.digest('hex').slice(0, 16)}`);
	if (existsSync(template)) return template;
	mkdirSync(cache, { recursive: true });
	const folder = mkdtempSync(join(cache, 'making-'));
	const database = await openPglite(folder);
	if (kind === 'migrated') await migrate(database);
	await database.close();
	try {
		renameSync(folder, template);
	} catch {
		// another process was as quick
		rmSync(folder, { recursive: true, force: true });
	}
	return template;
}

/** Puts a database into a folder, as if it had been made there. */
export async function layDatabase(folder: string, kind: Template): Promise<void> {
	const template = await templateOf(kind);
	for (const part of ['database', 'database-is-synced'])
		cpSync(join(template, part), join(folder, part), { recursive: true });
}
