// What the processes on one database tell each other: whose rights changed, and which documents have gone on. The command
// line is one of them. It goes through Redis where there is one, else through Postgres; the embedded database has no other.
import { randomUUID } from 'node:crypto';
import type { Database } from '../database/database.ts';
import type { Redis } from '../redis.ts';
import type { PresenceState } from '#sync/presence/codec.ts';
import type { Ending } from './connections.ts';

const CHANNEL = 'aura_processes';
/** Postgres takes less than 8000 bytes. */
const HEADS_AT_ONCE = 60;
const MAX_PAYLOAD = 7_000;
/** ms for which who is here is gathered */
const GATHER_MS = 200;
/**
 * ms from telling how far documents have gone to telling it again: for Postgres it is a transaction with a number and a place
 * in its log, as dear as one that stores something
 */
const HEADS_MS = 25;

/** Who has a document open at one process: client ids, clocks, JSON; null: it asks the others. */
type Presence = [document: string, states: PresenceState[] | null];

/** Sockets end, who is assigned to what has changed in a workspace, documents have gone on to these entries, or
 * somebody is here or there. */
type Message =
	| { ending: Ending }
	| { desks: string }
	| { heads: [document: string, head: number][] }
	| { presence: Presence[] };

export interface Processes {
	tell(message: Message): void;
	/** Told at once, or shortly after what was told before. */
	tellHeads(heads: ReadonlyMap<string, number>): void;
	/** Told a moment later, with what else is to be told by then. */
	tellPresence(...said: Presence): void;
	/** Calls back for what others told. */
	listen(hear: {
		ending: (ending: Ending) => void;
		desks: (workspace: string) => void;
		head: (document: string, head: number) => void;
		presence: (...said: Presence) => void;
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
	/** what is to be told, the newest of each client; and which documents are asked for */
	let gathered = new Map<string, { asks: boolean; states: Map<number, PresenceState> }>();
	let gathering: NodeJS.Timeout | undefined;
	const tellGathered = () => {
		const all = gathered;
		gathered = new Map();
		let some: Presence[] = [];
		let size = 0;
		const send = () => {
			if (some.length > 0) tell({ presence: some });
			some = [];
			size = 0;
		};
		for (const [document, { asks, states }] of all)
			for (const state of [...(asks ? [null] : []), ...states.values()]) {
				// as text within text, quotes count twice
				const more = document.length + JSON.stringify(JSON.stringify(state)).length + 16;
				if (more > MAX_PAYLOAD) continue;
				if (size + more > MAX_PAYLOAD) send();
				some.push([document, state && [state]]);
				size += more;
			}
		send();
	};
	let heads = new Map<string, number>();
	let resting: NodeJS.Timeout | undefined;
	const sendHeads = () => {
		resting = undefined;
		if (heads.size === 0) return;
		const all = [...heads];
		heads = new Map();
		for (let at = 0; at < all.length; at += HEADS_AT_ONCE)
			tell({ heads: all.slice(at, at + HEADS_AT_ONCE) });
		resting = setTimeout(sendHeads, HEADS_MS).unref();
	};
	return {
		tell,
		tellPresence(document, states) {
			// the embedded database has no other process
			if (database.kind === 'embedded') return;
			if (gathered.size === 0) gathering = setTimeout(tellGathered, GATHER_MS).unref();
			const said = gathered.get(document) ?? { asks: false, states: new Map() };
			gathered.set(document, said);
			if (!states) said.asks = true;
			else for (const state of states) said.states.set(state.client, state);
		},
		tellHeads(more) {
			// the embedded database has no other process
			if (database.kind === 'embedded') return;
			for (const [document, head] of more) heads.set(document, head);
			if (!resting) sendHeads();
		},
		listen(hear) {
			const read = (payload: string) => {
				const message = JSON.parse(payload) as Message & { from: string };
				if (message.from === me) return;
				if ('ending' in message) hear.ending(message.ending);
				else if ('desks' in message) hear.desks(message.desks);
				else if ('heads' in message)
					for (const [document, head] of message.heads) hear.head(document, head);
				else for (const said of message.presence) hear.presence(...said);
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
		close() {
			clearTimeout(gathering);
			clearTimeout(resting);
			subscriber?.destroy();
		}
	};
};
