import type { DocumentCommit } from './entries.ts';
import type { Timing } from './peer.ts';
import type { Room } from './room.ts';

/**
 * ms from the beginning of one transaction to that of the next: what comes meanwhile goes along. As fast as a database answers
 * there would be one for each edit, and everybody waits for the processor that they take (decision 014).
 */
const GATHER_MS = 5;

/** What became of one document in a transaction. */
export type Outcome =
	| { kind: 'stored'; head: number; refusals: number[]; at: string }
	/** another process has stored something that contradicts it */
	| { kind: 'conflict' }
	| { kind: 'failed'; error: unknown };

/**
 * Collects rooms with something to store while a transaction is under way, and stores all of them together in the next
 * one. What one document makes fail is tried again without the others.
 */
export class Commits {
	#waiting = new Set<Room>();
	#running = 0;
	#busy = new Set<Room>();
	/** until the next transaction may begin */
	#gathering: Promise<void> | null = null;

	/**
	 * @param store stores all or none of the documents that it does not call a conflict, and throws when none could be
	 * @param lanes transactions at a time; no document is in two
	 */
	constructor(
		private readonly store: (commits: DocumentCommit[]) => Promise<Map<string, Outcome>>,
		private readonly told: (changes: Map<string, ReturnType<DocumentCommit['take']>>) => void,
		private readonly after: Timing['after'],
		private readonly lanes = 1
	) {}

	submit(room: Room): void {
		this.#waiting.add(room);
		if (this.#running < this.lanes) void this.#run();
	}

	async #run(): Promise<void> {
		this.#running++;
		// what arrives in this turn of the event loop goes along
		await Promise.resolve();
		for (;;) {
			while (this.#gathering) await this.#gathering;
			const rooms = [...this.#waiting].filter((room) => !this.#busy.has(room));
			if (rooms.length === 0) break;
			this.#gather();
			for (const room of rooms) {
				this.#waiting.delete(room);
				this.#busy.add(room);
			}
			await this.#storeAll(rooms);
			for (const room of rooms) this.#busy.delete(room);
		}
		this.#running--;
	}

	#gather(): void {
		this.#gathering = new Promise((done) =>
			this.after(GATHER_MS, () => {
				this.#gathering = null;
				done();
			})
		);
	}

	async #storeAll(rooms: Room[]): Promise<void> {
		const taken = new Map<string, ReturnType<DocumentCommit['take']>>();
		const commits = rooms.map((room) => {
			const commit = room.commit();
			return {
				...commit,
				take: () => {
					const all = commit.take();
					taken.set(room.name, all);
					return all;
				}
			};
		});
		let outcomes: Map<string, Outcome>;
		try {
			outcomes = await this.store(commits);
		} catch (error) {
			if (rooms.length > 1) {
				for (const room of rooms) await this.#storeAll([room]);
				return;
			}
			outcomes = new Map([[rooms[0]!.name, { kind: 'failed', error }]]);
		}
		for (const room of rooms) {
			const outcome = outcomes.get(room.name)!;
			if (outcome.kind === 'stored') room.stored(outcome.head, outcome.refusals, outcome.at);
			else {
				taken.delete(room.name);
				room.notStored(
					outcome.kind === 'failed' ? outcome.error : new Error(`${room.name} changed elsewhere`)
				);
			}
		}
		if (taken.size > 0) this.told(taken);
	}
}
