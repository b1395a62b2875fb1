// Work that takes the processor for long, in a thread of its own: meanwhile the server answers everybody else.
import { Worker, parentPort } from 'node:worker_threads';

interface Asked<Request> {
	id: number;
	request: Request;
}
type Answered<Answer> = { id: number } & ({ answer: Answer } | { fault: string });

export interface Thread<Request, Answer> {
	/** goes up when the thread has died, and what it held is gone */
	readonly life: number;
	/** requests that are not answered yet */
	readonly waiting: number;
	/** @throws Error when the thread dies, or cannot do what it is asked */
	ask(request: Request): Promise<Answer>;
	stop(): Promise<void>;
}

/** A thread, begun when it is first needed, and again after it died. @param file its built module @param data what it is begun with */
export function createThread<Request, Answer>(
	file: string,
	data?: unknown
): Thread<Request, Answer> {
	let worker: Worker | null = null;
	let life = 0;
	let count = 0;
	const pending = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();

	const fail = (error: Error) => {
		for (const { reject } of pending.values()) reject(error);
		pending.clear();
		worker = null;
		life++;
	};
	const begin = () => {
		const begun = new Worker(file, { workerData: data });
		begun.unref();
		begun.on('message', (answered: Answered<Answer>) => {
			const asked = pending.get(answered.id);
			pending.delete(answered.id);
			if ('answer' in answered) asked?.resolve(answered.answer);
			else asked?.reject(new Error(answered.fault));
		});
		begun.on('error', (error) => worker === begun && fail(error as Error));
		begun.on('exit', () => worker === begun && fail(new Error('The thread ended.')));
		return begun;
	};
	return {
		get life() {
			return life;
		},
		get waiting() {
			return pending.size;
		},
		ask: (request) =>
			new Promise((resolve, reject) => {
				const id = ++count;
				pending.set(id, { resolve, reject });
				worker ??= begin();
				worker.postMessage({ id, request } satisfies Asked<Request>);
			}),
		async stop() {
			const ending = worker;
			if (worker) fail(new Error('The server stops.'));
			await ending?.terminate();
		}
	};
}

/** The other side: what the thread does with each request, one after the other. */
export function answerThread<Request, Answer>(
	work: (request: Request) => Answer | Promise<Answer>
): void {
	const port = parentPort!;
	let last = Promise.resolve();
	port.on('message', ({ id, request }: Asked<Request>) => {
		last = last.then(async () => {
			try {
				port.postMessage({ id, answer: await work(request) } satisfies Answered<Answer>);
			} catch (error) {
				port.postMessage({ id, fault: (error as Error).message } satisfies Answered<Answer>);
			}
		});
	});
}
