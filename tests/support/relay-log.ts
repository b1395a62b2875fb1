import type { Outcome } from '../../sync/relay/commits.ts';
import type { RefusedNotice } from '../../sync/relay/protocol.ts';
import type { RelayStore } from '../../sync/relay/relay.ts';
import type { Change, DocumentCommit, Entry, LogEntry } from '../../sync/relay/entries.ts';

export interface KeptRefusal extends RefusedNotice {
	author: string;
}

/** One document in memory, as the database keeps it. */
export interface KeptDocument {
	log: LogEntry[];
	head: number;
	/** replaces entries up to its number */
	snapshot: { seq: number; bytes: Uint8Array } | null;
	clients: Map<number, string>;
	refusals: KeptRefusal[];
}

/** When a store waits, and whether its process is still there afterwards. */
export interface StoreTiming {
	/** before the lock, and while the disk writes */
	wait(what: 'ask' | 'write'): Promise<void>;
	isAlive(): boolean;
	/** whether what was under way when it died is stored all the same */
	survives?(): boolean;
	/** told in the moment in which it is stored */
	stored?(changes: Change[]): void;
	/** false: nobody waits for anybody, which must show */
	isLocking?: boolean;
}

const atOnce: StoreTiming = { wait: () => Promise.resolve(), isAlive: () => true };
const never = () => new Promise<never>(() => {});

/** The documents' log in memory, for tests: locks, numbers and answers as the database gives them. */
export class RelayLog {
	readonly documents = new Map<string, KeptDocument>();
	/** what the last in line for a document waits for */
	#locks = new Map<string, Promise<void>>();
	#refusals = 0;

	of(document: string): KeptDocument {
		let kept = this.documents.get(document);
		if (!kept) {
			kept = { log: [], head: 0, snapshot: null, clients: new Map(), refusals: [] };
			this.documents.set(document, kept);
		}
		return kept;
	}

	/** Numbers up to this one are not given any more. */
	skipRefusals(upTo: number): void {
		this.#refusals = Math.max(this.#refusals, upTo);
	}

	/** Updates that give the document back. */
	updates(document: string): Uint8Array[] {
		const { snapshot, log } = this.of(document);
		return [...(snapshot ? [snapshot.bytes] : []), ...log.map(({ update }) => update)];
	}

	/** The store of one process. */
	store(timing: StoreTiming = atOnce): RelayStore {
		const asked = async () => {
			await timing.wait('ask');
			if (!timing.isAlive()) await never();
		};
		return {
			load: async (document) => {
				await asked();
				const { head, clients } = this.of(document);
				return { head, updates: this.updates(document), clients: new Map(clients) };
			},
			commit: (commits) => this.#commit(commits, timing),
			since: async (document, head) => {
				await asked();
				const after = this.of(document).log.filter(({ seq }) => seq > head);
				return after.length > 0 && after[0]!.seq > head + 1 ? null : after;
			},
			heads: async (documents) => {
				await asked();
				return new Map(documents.map((document) => [document, this.of(document).head]));
			},
			refusalsOf: async (document, author, after) => {
				await asked();
				return this.of(document).refusals.filter(
					(refusal) => refusal.author === author && refusal.id > after
				);
			}
		};
	}

	async #commit(commits: DocumentCommit[], timing: StoreTiming): Promise<Map<string, Outcome>> {
		await timing.wait('ask');
		const sorted = [...commits].sort((a, b) => (a.document < b.document ? -1 : 1));
		const releases: (() => void)[] = [];
		if (timing.isLocking ?? true)
			for (const { document } of sorted) releases.push(await this.#lock(document));
		try {
			const outcomes = await this.#storeAll(sorted, timing);
			if (outcomes) return outcomes;
		} finally {
			// a dead process holds nothing
			for (const release of releases) release();
		}
		return never();
	}

	/** @returns null when the process died meanwhile */
	async #storeAll(
		commits: DocumentCommit[],
		timing: StoreTiming
	): Promise<Map<string, Outcome> | null> {
		if (!timing.isAlive()) return null;
		const outcomes = new Map<string, Outcome>();
		const taken: [string, ReturnType<DocumentCommit['take']>][] = [];
		for (const commit of commits) {
			const missed = this.of(commit.document).log.filter(({ seq }) => seq > commit.head);
			const isWhole = missed.length === 0 || missed[0]!.seq === commit.head + 1;
			if (!isWhole || !commit.catchUp(missed)) outcomes.set(commit.document, { kind: 'conflict' });
			else taken.push([commit.document, commit.take()]);
		}
		await timing.wait('write');
		// whoever dies while the disk writes does not know whether it did
		if (!timing.isAlive() && !timing.survives?.()) return null;
		for (const [document, { entries, changes }] of taken) {
			outcomes.set(document, this.#append(document, entries));
			timing.stored?.(changes);
		}
		return timing.isAlive() ? outcomes : null;
	}

	#append(document: string, entries: Entry[]): Outcome {
		const kept = this.of(document);
		const numbers: number[] = [];
		const at = new Date(0).toISOString();
		for (const { author, update, receipt, newClients, refused } of entries) {
			if (update.length > 0) kept.log.push({ seq: ++kept.head, author, update, receipt });
			for (const [client, owner] of newClients) kept.clients.set(client, owner);
			for (const notice of refused) {
				numbers.push(++this.#refusals);
				kept.refusals.push({ id: this.#refusals, at, ...notice });
			}
		}
		return { kind: 'stored', head: kept.head, refusals: numbers, at };
	}

	async #lock(document: string): Promise<() => void> {
		const before = this.#locks.get(document);
		let release = () => {};
		this.#locks.set(document, new Promise((done) => (release = done)));
		await before;
		return release;
	}
}
