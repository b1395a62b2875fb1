// What the processes on one database tell each other about rights. The command line is one of them.
import { randomUUID } from 'node:crypto';
import type { Database } from '../database/database.ts';
import type { Ending } from './connections.ts';

const CHANNEL = 'aura_rights';

/** Sockets end, or who is assigned to what has changed in a workspace. */
type Message = { ending: Ending } | { desks: string };

export interface Processes {
	tell(message: Message): void;
	/** Calls back for what others told. */
	listen(hear: { ending: (ending: Ending) => void; desks: (workspace: string) => void }): void;
}

export const processesOf = (database: Database, report: (error: unknown) => void): Processes => {
	/** what this one tells, it has done itself already */
	const me = randomUUID();
	return {
		tell(message) {
			database.notify(CHANNEL, JSON.stringify({ ...message, from: me })).catch(report);
		},
		listen(hear) {
			const read = (payload: string) => {
				const message = JSON.parse(payload) as Message & { from: string };
				if (message.from === me) return;
				if ('ending' in message) hear.ending(message.ending);
				else hear.desks(message.desks);
			};
			database.listen(CHANNEL, read).catch(report);
		}
	};
};
