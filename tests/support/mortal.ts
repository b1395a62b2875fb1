// A process that dies at a chosen step: everything that it waits for is counted, and from one of them on it does nothing
// any more. What was done before stays done; a transaction that was open is as if it had never begun.
import type { Database, Queries } from '../../server/database/database.ts';
import type { Storage } from '../../server/storage/storage.ts';

export interface Mortal {
	/** Does a step, unless the process is dead; dies before it, or after it and before anybody hears of it. */
	step<T>(run: () => Promise<T>): Promise<T>;
	isDead(): boolean;
	/** how many steps there were */
	steps(): number;
}

/** Whoever waited for a dead process hears of a broken connection, which has no code. */
export class Dead extends Error {}

/** @param at the step, from 1; Infinity: never */
export function mortal(at: number, how: 'before' | 'after'): Mortal {
	let count = 0;
	let isDead = false;
	const check = () => {
		if (isDead) throw new Dead('the process is gone');
	};
	return {
		isDead: () => isDead,
		steps: () => count,
		async step(run) {
			check();
			const isLast = ++count === at;
			if (isLast && how === 'before') isDead = true;
			check();
			const result = await run();
			if (isLast) isDead = true;
			check();
			return result;
		}
	};
}

export function mortalDatabase(database: Database, { step }: Mortal): Database {
	const within = (queries: Queries): Queries => ({
		query: (...asked) => step(() => queries.query(...asked)) as never
	});
	return {
		...database,
		query: (...asked) => step(() => database.query(...asked)) as never,
		transaction: (run) => step(() => database.transaction((queries) => run(within(queries)))),
		tenant: (workspace, run) =>
			step(() => database.tenant(workspace, (queries) => run(within(queries))))
	};
}

export function mortalStorage(storage: Storage, { step }: Mortal): Storage {
	/** also dies between two parts of a file */
	async function* parts(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
		for await (const chunk of chunks) yield await step(() => Promise.resolve(chunk));
	}
	return {
		...storage,
		put: (path, chunks, isLasting) => step(() => storage.put(path, parts(chunks), isLasting)),
		get: (path, range) => step(() => storage.get(path, range)),
		remove: (path) => step(() => storage.remove(path)),
		list: (folder) => step(() => storage.list(folder))
	};
}
