import type { Single } from '../documents/single.ts';
import { type Update, appendUpdate, writeUpdate } from '../documents/update.ts';
import type { Entry } from './entries.ts';
import type { NewNotice } from './judge.ts';
import type { Peer } from './peer.ts';
import { advance } from './protocol.ts';
import type { ClientOwner, Owners, Receipts } from './receipts.ts';

/** Keys by root. */
export type Keys = Map<string, Set<string>>;

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
	keys: Keys;
	/** of what it held and was not taken */
	refused: NewNotice[];
	bytes: number;
}

/** One accepted update that sets one key. */
export interface SingleEdit {
	from: Peer;
	author: ClientOwner;
	single: Single;
	/** the same as bytes */
	written: Uint8Array;
	/** it binds its client id */
	isNewClient: boolean;
	root: string;
	key: string;
	bytes: number;
}

/** What is stored of a batch, and what is to be said once it is. */
export interface Pending {
	entry: Entry;
	/** clocks after it */
	clocks: Map<number, number>;
	keys: Keys;
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

export function addKey(keys: Keys, root: string, key: string): void {
	const there = keys.get(root);
	if (there) there.add(key);
	else keys.set(root, new Set([key]));
}

const push = <Item>(lists: Map<number, Item[]>, client: number, item: Item) => {
	const list = lists.get(client);
	if (list) list.push(item);
	else lists.set(client, [item]);
};

/** The edits of one turn of the event loop: they are told and stored as one. */
export class Batch {
	readonly #update: Update = { structs: new Map(), deletes: new Map() };
	/** what was taken in all, and the last of it as bytes */
	#taken = 0;
	#written: Uint8Array = new Uint8Array();
	readonly #owners: Owners = new Map();
	readonly #senders: Pending['senders'] = new Map();
	readonly #clocks = new Map<number, number>();
	readonly #newClients: Entry['newClients'] = [];
	readonly #keys: Keys = new Map();
	readonly #refused: NewNotice[] = [];
	#author: ClientOwner | null = null;
	#bytes = 0;

	add(edit: Edit): void {
		const { from, author, update, written, owners, clocks, keys } = edit;
		this.#count(author, edit.bytes);
		if (update) {
			this.#take(written!);
			appendUpdate(this.#update, update);
			for (const [client, owner] of owners) this.#owners.set(client, owner);
		}
		advance(this.#clocksOf(from), clocks);
		advance(this.#clocks, clocks);
		for (const [root, some] of keys) for (const key of some) addKey(this.#keys, root, key);
		this.#newClients.push(...edit.newClients);
		this.#refused.push(...edit.refused);
	}

	addSingle({ from, author, single, written, isNewClient, root, key, bytes }: SingleEdit): void {
		const { struct, removes } = single;
		const { client, clock } = struct;
		this.#count(author, bytes);
		this.#take(written);
		push(this.#update.structs, client, struct);
		if (removes) push(this.#update.deletes, removes.client, { clock: removes.clock, length: 1 });
		this.#owners.set(client, author);
		this.#clocksOf(from).set(client, clock + 1);
		this.#clocks.set(client, clock + 1);
		addKey(this.#keys, root, key);
		if (isNewClient) this.#newClients.push([client, author]);
	}

	#count(author: ClientOwner, bytes: number): void {
		this.#bytes += bytes;
		this.#author = (this.#author ?? author) === author ? author : SEVERAL;
	}

	#take(written: Uint8Array): void {
		this.#taken++;
		this.#written = written;
	}

	#clocksOf(sender: Peer | null): Map<number, number> {
		let clocks = this.#senders.get(sender);
		if (!clocks) this.#senders.set(sender, (clocks = new Map()));
		return clocks;
	}

	/** @param clients that it has structs of */
	hasRoomFor(bytes: number, clients: number): boolean {
		return this.#bytes + bytes <= MAX_BYTES && this.#owners.size + clients <= MAX_CLIENTS;
	}

	seal(document: string, receipts: Receipts): Pending {
		const update = this.#taken > 1 ? writeUpdate(this.#update) : this.#written;
		return {
			entry: {
				author: this.#author!,
				update,
				receipt: receipts.write(document, update, this.#owners),
				newClients: this.#newClients,
				refused: this.#refused
			},
			clocks: this.#clocks,
			keys: this.#keys,
			senders: this.#senders,
			bytes: this.#bytes
		};
	}
}
