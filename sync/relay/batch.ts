import { type Update, joinUpdates, writeUpdate } from '../documents/update.ts';
import type { Entry } from './entries.ts';
import type { NewNotice } from './judge.ts';
import type { Peer } from './peer.ts';
import { advance } from './protocol.ts';
import type { ClientOwner, Owners, Receipts } from './receipts.ts';

/** One accepted update, applied and not told yet. */
export interface Edit {
	from: Peer | null;
	/** whose name it is stored under */
	author: ClientOwner;
	/** null: nothing of it was taken */
	update: Update | null;
	/** the same as bytes */
	written: Uint8Array | null;
	owners: Owners;
	/** client ids that it binds */
	newClients: [client: number, owner: ClientOwner][];
	/** clocks after it */
	clocks: Map<number, number>;
	keys: { root: string; key: string }[];
	/** of what it held and was not taken */
	refused: NewNotice[];
	bytes: number;
}

/** What is stored of a batch, and what is to be said once it is. */
export interface Pending {
	entry: Entry;
	/** clocks after it */
	clocks: Map<number, number>;
	keys: { root: string; key: string }[];
	/** who sent it, with the clocks that each waits for */
	senders: Map<Peer | null, Map<number, number>>;
	/** those who hold receipts have heard of it */
	isTold?: boolean;
	bytes: number;
	settle?: (error?: unknown) => void;
}

/** Bounds of what is joined: an update that is larger than `limits` could not be read again. */
const MAX_BYTES = 1024 ** 2;
const MAX_CLIENTS = 1_000;

/** Whose name an entry carries that several have written; its receipt says who wrote what. */
const SEVERAL = 'several';

/** The edits of one turn of the event loop: they are told and stored as one. */
export class Batch {
	readonly #edits: Edit[] = [];
	#bytes = 0;
	#clients = 0;

	add(edit: Edit): void {
		this.#edits.push(edit);
		this.#bytes += edit.bytes;
		this.#clients += edit.owners.size;
	}

	hasRoomFor({ bytes, owners }: Edit): boolean {
		return this.#bytes + bytes <= MAX_BYTES && this.#clients + owners.size <= MAX_CLIENTS;
	}

	seal(document: string, receipts: Receipts): Pending {
		const taken = this.#edits.filter(({ update }) => update);
		const update =
			taken.length === 1
				? taken[0]!.written!
				: taken.length === 0
					? new Uint8Array()
					: writeUpdate(joinUpdates(taken.map((edit) => edit.update!)));
		const owners: Owners = new Map();
		for (const edit of taken) for (const [client, owner] of edit.owners) owners.set(client, owner);
		const senders: Pending['senders'] = new Map();
		const clocks = new Map<number, number>();
		for (const edit of this.#edits) {
			const mine = senders.get(edit.from) ?? new Map<number, number>();
			senders.set(edit.from, mine);
			advance(mine, edit.clocks);
			advance(clocks, edit.clocks);
		}
		const authors = new Set(this.#edits.map(({ author }) => author));
		return {
			entry: {
				author: authors.size === 1 ? [...authors][0]! : SEVERAL,
				update,
				receipt: receipts.write(document, update, owners),
				newClients: this.#edits.flatMap(({ newClients }) => newClients),
				refused: this.#edits.flatMap(({ refused }) => refused)
			},
			clocks,
			keys: this.#edits.flatMap(({ keys }) => keys),
			senders,
			bytes: this.#bytes
		};
	}
}
