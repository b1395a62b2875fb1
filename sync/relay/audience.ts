import type { Pending } from './batch.ts';
import type { LogEntry } from './entries.ts';
import type { NewNotice } from './judge.ts';
import type { Peer, Timing } from './peer.ts';
import {
	type RefusedNotice,
	advance,
	encodeClocks,
	writeReceipted,
	writeRefused,
	writeSaved,
	writeUpdateMessage
} from './protocol.ts';
import { ownerOf } from './receipts.ts';

/** ms for which 'saved' may wait for the next edit that goes to the same device */
const SAVED_MS = 2;
/** ms after which everybody is told what of others' edits is durable: only bookkeeping hangs on it */
const DURABLE_MS = 500;

/** Whom a room speaks to, and who hears what and when. */
export class Audience {
	readonly peers = new Set<Peer>();
	/** clocks that are durable and of which only their senders have heard */
	#unsaid = new Map<number, number>();
	#unsaidBy = new Set<Peer | null>();
	#waiting = new Set<Peer>();

	constructor(private readonly timing: Timing) {}

	/**
	 * Before it is durable: those who hold receipts hear of what others did. Where several did something in one turn, each gets
	 * back their own besides: a seal for each would cost more than the bytes.
	 */
	tellEarly({ entry, senders }: Pending): void {
		const message = writeReceipted(entry.update, entry.receipt);
		for (const peer of this.peers)
			if (peer.isV2 && !(senders.size === 1 && senders.has(peer))) peer.tell(message);
	}

	/** It is durable: the others hear of it, and those too who were to hear of it only now. */
	tellStored({ entry, senders, isTold }: Pending): void {
		let plain: Uint8Array | null = null;
		let receipted: Uint8Array | null = null;
		for (const peer of this.peers) {
			if (senders.size === 1 && senders.has(peer)) continue;
			if (!peer.isV2) peer.tell((plain ??= writeUpdateMessage(entry.update)));
			else if (!isTold) peer.tell((receipted ??= writeReceipted(entry.update, entry.receipt)));
		}
	}

	/** Another process has stored it. */
	tellEntry({ update, receipt }: LogEntry): void {
		const plain = writeUpdateMessage(update);
		const receipted = receipt ? writeReceipted(update, receipt) : plain;
		for (const peer of this.peers) peer.tell(peer.isV2 ? receipted : plain);
	}

	/** Senders hear at once what of theirs is durable, all others a while later. */
	saySaved(senders: ReadonlyMap<Peer | null, ReadonlyMap<number, number>>): void {
		const isFirst = this.#unsaid.size === 0;
		for (const [peer, clocks] of senders) {
			this.#unsaidBy.add(peer);
			advance(this.#unsaid, clocks);
			if (!peer?.isV2) continue;
			peer.sendLater(writeSaved(encodeClocks(clocks)));
			if (this.#waiting.size === 0) this.timing.after(SAVED_MS, () => this.#flush());
			this.#waiting.add(peer);
		}
		if (isFirst && this.#unsaid.size > 0) this.timing.after(DURABLE_MS, () => this.#sayDurable());
	}

	/** All devices of the person hear of it: the one that wrote it may have come back over another connection. */
	sayRefused(
		{ author, ...rest }: NewNotice,
		id: number,
		at: string,
		from: Iterable<Peer | null>
	): void {
		const notice: RefusedNotice = { id, at, ...rest };
		for (const peer of this.peers)
			if (peer.isV2 && ownerOf(peer.connection.author) === author) peer.send(writeRefused(notice));
		for (const peer of from) if (peer && !peer.isV2) peer.send(writeRefused(notice.refusals));
	}

	close(code: number, reason: string): void {
		for (const peer of this.peers) peer.close(code, reason);
		this.peers.clear();
	}

	#flush(): void {
		for (const peer of this.#waiting) peer.flush();
		this.#waiting.clear();
	}

	#sayDurable(): void {
		const message = writeSaved(encodeClocks(this.#unsaid));
		const [only] = this.#unsaidBy.size === 1 ? this.#unsaidBy : [];
		this.#unsaid = new Map();
		this.#unsaidBy = new Set();
		for (const peer of this.peers) if (peer.isV2 && peer !== only) peer.send(message);
	}
}
