import type * as Y from 'yjs';
import type { Peer, Timing } from './peer.ts';
import { type Piece, nextPiece } from './pieces.ts';
import { closeCodes, decodeClocks } from './protocol.ts';

/** What answering needs of a room. */
export interface AnswerParts {
	doc: Y.Doc;
	timing: Timing;
	/** structs of one piece */
	most: number;
	/** Runs once this peer may hear of everything that is in memory. */
	whenTellable(peer: Peer, run: () => void): void;
	/** Sends a piece, and what of it is durable. */
	send(peer: Peer, piece: Piece, before: ReadonlyMap<number, number>): void;
}

/** Gives devices what they ask for, one answer to each after the other, as fast as they read. */
export class Answers {
	/** who is being answered, and what they asked last meanwhile: its answer holds those of all questions before it */
	#asks = new Map<Peer, Map<number, number> | null>();

	constructor(private readonly parts: AnswerParts) {}

	ask(peer: Peer, stateVector: Uint8Array): void {
		const has = decodeClocks(stateVector);
		if (!has) return peer.close(closeCodes.malformed, 'not a state vector');
		const isBusy = this.#asks.has(peer);
		this.#asks.set(peer, isBusy ? has : null);
		if (!isBusy) this.#begin(peer, has);
	}

	/** It is gone: nobody waits for an answer any more. */
	leave(peer: Peer): void {
		this.#asks.delete(peer);
	}

	#begin(peer: Peer, has: ReadonlyMap<number, number>): void {
		// what is told meanwhile could continue what is in a later piece; it will be in one
		peer.isCatchingUp = peer.isV2;
		this.#go(peer, has);
	}

	#go(peer: Peer, has: ReadonlyMap<number, number>): void {
		const { doc, timing, most, whenTellable, send } = this.parts;
		whenTellable(peer, () => {
			if (peer.isGone) return;
			const start = timing.now();
			const piece = nextPiece(doc, has, peer.connection.takesPieces ? most : Infinity);
			if (piece.isLast) peer.isCatchingUp = false;
			send(peer, piece, has);
			peer.worked(start);
			// pieces wait for a slow network where they cost nothing: in the document
			if (!piece.isLast) return peer.whenRead(() => this.#go(peer, piece.has));
			// busy until it has read this: a thousand questions of one turn would be a thousand answers in memory
			peer.whenRead(() => {
				const next = this.#asks.get(peer);
				if (!next) return void this.#asks.delete(peer);
				this.#asks.set(peer, null);
				this.#begin(peer, next);
			}, Infinity);
		});
	}
}
