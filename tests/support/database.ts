import { randomBytes } from 'node:crypto';
import postgres from 'postgres';

/** A database of its own for one test server, when the suite runs on Postgres; undefined on the embedded one. */
export async function freshDatabase(): Promise<{ url: string; drop(): Promise<void> } | undefined> {
	const base = process.env['TEST_DATABASE_URL'];
	if (!base) return undefined;
	const name = `aura_test_${randomBytes(6).toString('hex')}`;
	const admin = postgres(base, { max: 1, onnotice: () => {} });
	await admin.unsafe(`create database ${name}`);
	await admin.end();
	const url = new URL(base);
	url.pathname = `/${name}`;
	return {
		url: url.href,
		async drop() {
			const again = postgres(base, { max: 1, onnotice: () => {} });
			await again.unsafe(`drop database if exists ${name} with (force)`);
			await again.end();
		}
	};
}
