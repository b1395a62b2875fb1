import { Worker } from 'node:worker_threads';
import type { FaceGroup } from '#shared/people/cluster.ts';
import type { GroupRequest } from './grouper.ts';
import type { Answered, Asked } from './thread.ts';

export interface GroupThread {
	/** goes up when a thread has died, and what it held is gone */
	readonly life: number;
	/** @throws Error when the thread dies, or cannot group what it is given */
	group(request: GroupRequest): Promise<FaceGroup[]>;
	stop(): Promise<void>;
}

/** The thread that groups faces, begun when it is first needed. @param file its built module */
export function createGroupThread(file: string): GroupThread {
	let worker: Worker | null = null;
	let life = 0;
	let count = 0;
	const pending = new Map<
		number,
		{ resolve(groups: FaceGroup[]): void; reject(error: Error): void }
	>();

	const fail = (error: Error) => {
		for (const { reject } of pending.values()) reject(error);
		pending.clear();
		worker = null;
		life++;
	};
	const begin = () => {
		const begun = new Worker(file);
		begun.unref();
		begun.on('message', ({ id, groups, fault }: Answered) => {
			const asked = pending.get(id);
			pending.delete(id);
			if (groups) asked?.resolve(groups);
			else asked?.reject(new Error(fault));
		});
		begun.on('error', (error) => worker === begun && fail(error as Error));
		begun.on('exit', () => worker === begun && fail(new Error('The grouping thread ended.')));
		return begun;
	};
	return {
		get life() {
			return life;
		},
		group: (request) =>
			new Promise((resolve, reject) => {
				const id = ++count;
				pending.set(id, { resolve, reject });
				worker ??= begin();
				worker.postMessage({ id, request } satisfies Asked);
			}),
		async stop() {
			const ending = worker;
			if (worker) fail(new Error('The server stops.'));
			await ending?.terminate();
		}
	};
}
