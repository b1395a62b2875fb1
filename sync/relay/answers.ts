import type * as Y from 'yjs';
import { type Peer, type Timing, backPressure } from './peer.ts';
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

/** Gives devices what they ask for, one question of each after the other. */
export class Answers {
	#asks = new Map<Peer, Map<number, number>[]>();

	constructor(private readonly parts: AnswerParts) {}

	ask(peer: Peer, stateVector: Uint8Array): void {
		const has = decodeClocks(stateVector);
		if (!has) return peer.close(closeCodes.malformed, 'not a state vector');
		const asks = this.#asks.get(peer);
		if (asks) return void asks.push(has);
		this.#asks.set(peer, [has]);
		this.#begin(peer, has);
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
			if (!piece.isLast) return this.#whenRead(peer, 0, () => this.#go(peer, piece.has));
			const asks = this.#asks.get(peer);
			asks?.shift();
			if (asks?.[0]) this.#begin(peer, asks[0]);
			else this.#asks.delete(peer);
		});
	}

	/** Pieces wait for a slow network where they cost nothing: in the document. */
	#whenRead(peer: Peer, looks: number, run: () => void): void {
		if (peer.isGone) return;
		if (peer.connection.buffered() <= backPressure.low) return this.parts.timing.after(0, run);
		if (looks > backPressure.looks)
			return peer.close(closeCodes.tooMany, 'this device reads too slowly');
		this.parts.timing.after(backPressure.lookMs, () => this.#whenRead(peer, looks + 1, run));
	}
}
