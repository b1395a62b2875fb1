// A stream of edits from several devices, and what they were told of it.
import type { TestDevice } from '../support/device.ts';

export interface Stream {
	/** keys of all edits */
	made: string[];
	/** keys of those that a device called saved */
	saved: Set<string>;
	/** Begins to edit on all devices, every few milliseconds. @returns stops it */
	begin(): () => void;
}

export function streamOf(devices: TestDevice[]): Stream {
	const made: string[] = [];
	const saved = new Set<string>();
	const mine = devices.map(() => [] as string[]);
	const write = () => {
		for (const [at, { replica }] of devices.entries()) {
			// edits become durable in the order in which they were made
			const isSaved = mine[at]!.length - replica.waiting();
			for (const key of mine[at]!.splice(0, isSaved)) saved.add(key);
			const key = `${(made.length + 1).toString(16).padStart(32, '0')}/caption`;
			replica.doc.getMap('marks').set(key, `edit ${made.length + 1}`);
			made.push(key);
			mine[at]!.push(key);
		}
	};
	return {
		made,
		saved,
		begin() {
			const timer = setInterval(write, 4);
			return () => clearInterval(timer);
		}
	};
}
