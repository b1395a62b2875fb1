// What the processes on one database tell each other: whose rights changed, and which documents have gone on. The command
// line is one of them. It goes through Redis where there is one, else through Postgres; the embedded database has no other.
import { randomUUID } from 'node:crypto';
import type { Database } from '../database/database.ts';
import type { Redis } from '../redis.ts';
import type { Ending } from './connections.ts';

const CHANNEL = 'aura_processes';
/** Postgres takes less than 8000 bytes. */
const HEADS_AT_ONCE = 60;

/** Sockets end, who is assigned to what has changed in a workspace, or documents have gone on to these entries. */
type Message =
	{ ending: Ending } | { desks: string } | { heads: [document: string, head: number][] };

export interface Processes {
	tell(message: Message): void;
	tellHeads(heads: ReadonlyMap<string, number>): void;
	/** Calls back for what others told. */
	listen(hear: {
		ending: (ending: Ending) => void;
		desks: (workspace: string) => void;
		head: (document: string, head: number) => void;
	}): void;
	close(): void;
}

export const processesOf = (
	database: Database,
	redis: Redis | null,
	report: (error: unknown) => void
): Processes => {
	/** what this one tells, it has done itself already */
	const me = randomUUID();
	let subscriber: Redis | null = null;
	const tell: Processes['tell'] = (message) => {
		const payload = JSON.stringify({ ...message, from: me });
		const sent = redis ? redis.publish(CHANNEL, payload) : database.notify(CHANNEL, payload);
		sent.catch(report);
	};
	return {
		tell,
		tellHeads(heads) {
			const all = [...heads];
			for (let at = 0; at < all.length; at += HEADS_AT_ONCE)
				tell({ heads: all.slice(at, at + HEADS_AT_ONCE) });
		},
		listen(hear) {
			const read = (payload: string) => {
				const message = JSON.parse(payload) as Message & { from: string };
				if (message.from === me) return;
				if ('ending' in message) hear.ending(message.ending);
				else if ('desks' in message) hear.desks(message.desks);
				else for (const [document, head] of message.heads) hear.head(document, head);
			};
			const subscribe = async (client: Redis) => {
				subscriber = client.duplicate();
				subscriber.on('error', report);
				await subscriber.connect();
				await subscriber.subscribe(CHANNEL, read);
			};
			// the command line has no Redis: what it tells comes through Postgres
			database.listen(CHANNEL, read).catch(report);
			if (redis) subscribe(redis).catch(report);
		},
		close: () => subscriber?.destroy()
	};
};
