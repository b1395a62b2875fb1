// Hocuspocus as its documentation starts it: the database extension, the default debounce. On Node 20 it works, though
// its package asks for 22. Says by IPC where it listens and what it has stored.
import { createServer } from 'node:net';
import { Database } from '@hocuspocus/extension-database';
import { Server } from '@hocuspocus/server';
import postgres from 'postgres';
import { getState } from 'yjs';

const sql = postgres(process.env.DATABASE_URL ?? '', { onnotice: () => {} });
await sql`create table if not exists documents (name text primary key, data bytea not null)`;
const now = () => performance.timeOrigin + performance.now();
const port = await new Promise((done) => {
	const probe = createServer().listen(0, '127.0.0.1', () => {
		const address = probe.address();
		probe.close(() => done(typeof address === 'object' && address ? address.port : 0));
	});
});
const server = new Server({
	port,
	address: '127.0.0.1',
	quiet: true,
	extensions: [
		new Database({
			async fetch({ documentName }) {
				const [row] = await sql`select data from documents where name = ${documentName}`;
				return row?.data ?? null;
			},
			async store({ documentName, state, document }) {
				// cheap: it is measured while it does this
				const { store } = document;
				const stored = [...store.clients.keys()].map((client) => [client, getState(store, client)]);
				await sql`insert into documents (name, data) values (${documentName}, ${state})
					on conflict (name) do update set data = excluded.data`;
				process.send?.({ stored, at: now() });
			}
		})
	]
});
await server.listen();
process.send?.({ port });
process.on('message', (asked) => {
	if (asked === 'memory') process.send?.({ memory: process.memoryUsage().rss });
});
process.on('disconnect', () => process.exit());
