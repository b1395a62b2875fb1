import type { PackedFrames } from './frames.ts';

/**
 * Gathers what one thread says to the other until the end of what it does at the moment: a message of a port costs more
 * than most of what is in it, and one transaction is a dozen.
 * @param send to the other thread, in the order in which it was posted
 */
export function createMail<Message>(send: (messages: Message[], moved: PackedFrames[]) => void) {
	let waiting: Message[] = [];
	let moved: PackedFrames[] = [];
	/** Sends what there is now: what this thread does next may be its last. */
	const flush = () => {
		if (waiting.length === 0) return;
		const [messages, buffers] = [waiting, moved];
		waiting = [];
		moved = [];
		send(messages, buffers);
	};
	return {
		flush,
		/** @param buffer of the message, which moves with it */
		post(message: Message, buffer?: PackedFrames): void {
			// after all promises that are settled by now
			if (waiting.length === 0) process.nextTick(flush);
			waiting.push(message);
			if (buffer) moved.push(buffer);
		}
	};
}
