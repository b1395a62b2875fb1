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

/** Up to so many senders get the others' edits only; more get back their own besides. */
const MAX_APART = 8;
/** Bounds of what is joined: an update that is larger than `limits` could not be read again. */
const MAX_BYTES = 1024 ** 2;
const MAX_CLIENTS = 1_000;

/** Whose name an entry carries that several have written; its receipt says who wrote what. */
const SEVERAL = 'several';

/** The edits of one turn of the event loop: they are told and stored as one. */
export class Batch {
	readonly #edits: Edit[] = [];
	readonly #senders = new Set<Peer | null>();
	#bytes = 0;
	#clients = 0;

	add(edit: Edit): void {
		this.#edits.push(edit);
		this.#senders.add(edit.from);
		this.#bytes += edit.bytes;
		this.#clients += edit.owners.size;
	}

	hasRoomFor({ bytes, owners }: Edit): boolean {
		return this.#bytes + bytes <= MAX_BYTES && this.#clients + owners.size <= MAX_CLIENTS;
	}

	/** @returns update and receipt of everything that does not come from this peer alone; null: nothing */
	sealFor(
		document: string,
		receipts: Receipts,
		without: Peer | null
	): { update: Uint8Array; receipt: Uint8Array } | null {
		const edits = this.#edits.filter(
			({ from, update }) => update && (!without || from !== without)
		);
		if (edits.length === 0) return null;
		const update = writeUpdate(joinUpdates(edits.map((edit) => edit.update!)));
		const owners: Owners = new Map(edits.flatMap((edit) => [...edit.owners]));
		return { update, receipt: receipts.write(document, update, owners) };
	}

	/** Whether somebody who sent a part of it gets it without that part. */
	isApart(peer: Peer): boolean {
		return this.#senders.size <= MAX_APART && this.#senders.has(peer);
	}

	seal(document: string, receipts: Receipts): Pending {
		const whole = this.sealFor(document, receipts, null);
		const update = whole?.update ?? new Uint8Array();
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
				receipt: whole?.receipt ?? receipts.write(document, update, new Map()),
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
