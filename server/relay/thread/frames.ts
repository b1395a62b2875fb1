/**
 * Frames of several seats on their way between threads, in one buffer that moves without a copy. Behind two counts (seats,
 * frames) come, as uint32, where each frame ends, then seat and frame of each delivery; then the frames' bytes.
 */
export type PackedFrames = ArrayBuffer;

/** Gathers what goes over in one message. */
export class Packing {
	/** seat and frame in turns, as several seats may be sent the same */
	#sent: number[] = [];
	#known = new Map<Uint8Array, number>();
	#size = 0;

	get isEmpty(): boolean {
		return this.#sent.length === 0;
	}

	/** @param frame is read when it is packed: it must not change until then */
	add(seat: number, frame: Uint8Array): void {
		let at = this.#known.get(frame);
		if (at === undefined) {
			at = this.#known.size;
			this.#known.set(frame, at);
			this.#size += frame.length;
		}
		this.#sent.push(seat, at);
	}

	/** @returns all that was added, and forgets it */
	take(): PackedFrames {
		const count = this.#known.size;
		const start = 4 * (2 + count + this.#sent.length);
		const buffer = new ArrayBuffer(start + this.#size);
		const head = new Uint32Array(buffer, 0, start / 4);
		const bytes = new Uint8Array(buffer);
		head[0] = this.#sent.length / 2;
		head[1] = count;
		head.set(this.#sent, 2 + count);
		let at = 2;
		let end = start;
		for (const frame of this.#known.keys()) {
			bytes.set(frame, end);
			head[at++] = end += frame.length;
		}
		this.#sent = [];
		this.#known = new Map();
		this.#size = 0;
		return buffer;
	}
}

/** @param take gets each seat's frames in their order, as views on the packed bytes */
export function unpack(
	buffer: PackedFrames,
	take: (seat: number, frame: Uint8Array) => void
): void {
	const [sent, count] = new Uint32Array(buffer, 0, 2) as unknown as [number, number];
	const head = new Uint32Array(buffer, 8, count + 2 * sent);
	const start = 8 + 4 * head.length;
	for (let at = count; at < head.length; at += 2) {
		const frame = head[at + 1]!;
		const from = frame === 0 ? start : head[frame - 1]!;
		take(head[at]!, new Uint8Array(buffer, from, head[frame]! - from));
	}
}
