import postgres from 'postgres';

/**
 * Before the tests on a real Postgres: the role that all their databases share, which two of them would create at the same
 * moment.
 */
export default async function setup(): Promise<void> {
	const base = process.env['TEST_DATABASE_URL'];
	if (!base) return;
	const admin = postgres(base, { max: 1, onnotice: () => {} });
	const [known] = await admin`select from pg_roles where rolname = 'aura_tenant'`;
	if (!known) await admin.unsafe('create role aura_tenant nologin');
	await admin.unsafe('grant aura_tenant to current_user');
	await admin.end();
}
