import { createHmac } from 'node:crypto';
import { type Relay, createRelay } from '#sync/relay/relay.ts';
import { createReceipts } from '#sync/relay/receipts.ts';
import type { DataAccess } from '../database/database.ts';
import type { Processes } from './processes.ts';
import { createRelayStore } from './store.ts';

/** Transactions at a time on Postgres: while one waits for the disk, the next one is filled. */
const LANES = 2;

/** @returns runs what it is given once this turn of the event loop has read all sockets, what that asks for included */
function atEndOfTurn(): (run: () => void) => void {
	let queue: (() => void)[] = [];
	const drain = () => {
		for (let at = 0; at < queue.length; at++) queue[at]!();
		queue = [];
	};
	return (run) => {
		if (queue.length === 0) setImmediate(drain);
		queue.push(run);
	};
}

export interface OpenRelayParts {
	database: DataAccess;
	/** of the installation: all processes have the same */
	secretKey: Uint8Array;
	/** the other processes on the database */
	processes: Pick<Processes, 'tellHeads' | 'tellPresence'>;
	report(error: unknown): void;
	/** told how many entries of a document were read or stored */
	count?(document: string, entries: number): void;
	/** told before what is stored of a document is read into memory, and afterwards */
	onOpening?(document: string, isOver: boolean): void;
}

/** The relay on the database. */
export async function openRelay({
	database,
	secretKey,
	processes,
	report,
	count,
	onOpening
}: OpenRelayParts): Promise<Relay> {
	const [installation] = await database.query<{ epoch: string }>(
		`select epoch::text as epoch from installation`
	);
	/** One document's fault must not end the process, nor what others wait for. */
	const guarded = (run: () => void) => () => {
		try {
			run();
		} catch (error) {
			report(error);
		}
	};
	const soon = atEndOfTurn();
	const key = createHmac('sha256', secretKey).update('receipts of documents').digest();
	const store = createRelayStore(database, count);
	return createRelay({
		store: {
			...store,
			async load(document) {
				const stored = await store.load(document);
				onOpening?.(document, false);
				setImmediate(() => onOpening?.(document, true));
				return stored;
			}
		},
		receipts: createReceipts((...parts) => {
			const hmac = createHmac('sha256', key);
			for (const part of parts) hmac.update(part);
			return hmac.digest().subarray(0, 16);
		}),
		timing: {
			soon: (run) => soon(guarded(run)),
			after: (ms, run) => void setTimeout(guarded(run), ms).unref(),
			now: () => performance.now()
		},
		epoch: installation!.epoch,
		report,
		tell: (heads) => processes.tellHeads(heads),
		tellPresence: (...said) => processes.tellPresence(...said),
		lanes: database.kind === 'postgres' ? LANES : 1
	});
}
