// The main thread's database for the relay's thread: one pool of connections, and an embedded one can be open only once.
import {
	type DataAccess,
	type Database,
	type Queries,
	pipelinedTenant
} from '../../database/database.ts';
import {
	type DatabaseAnswer,
	type FromRelay,
	type Statement,
	type ToRelay,
	fromPlain,
	toPlain
} from './messages.ts';

interface Waiting {
	resolve(rows: never): void;
	reject(error: Error): void;
}

/** In the relay's thread. @param post to the main thread, in order */
export function remoteDatabase(kind: Database['kind'], post: (message: FromRelay) => void) {
	let last = 0;
	const waiting = new Map<number, Waiting>();
	const answered = <T>(say: (id: number) => void) =>
		new Promise<T>((resolve, reject) => {
			const id = ++last;
			waiting.set(id, { resolve, reject });
			say(id);
		});
	const queriesIn = (transaction: number): Queries => ({
		query: (sql, parameters = []) =>
			answered((id) => post({ kind: 'statement', id, transaction, statement: { sql, parameters } }))
	});
	const transaction: Database['transaction'] = async (run) => {
		const number = ++last;
		const end = (isCommit: boolean) => post({ kind: 'end', transaction: number, isCommit });
		// settles when the main thread's transaction has, by its commit or by what made it fail
		const ended = answered<object[]>((id) => post({ kind: 'begin', id, transaction: number }));
		ended.catch(() => undefined);
		try {
			const answer = await run(queriesIn(number));
			end(true);
			await ended;
			return answer;
		} catch (error) {
			end(false);
			await ended.catch(() => undefined);
			throw error;
		}
	};
	const database: DataAccess = {
		kind,
		...queriesIn(0),
		transaction,
		tenant: pipelinedTenant(transaction)
	};
	return {
		database,
		hear(message: DatabaseAnswer): void {
			const asked = waiting.get(message.id);
			waiting.delete(message.id);
			if (message.kind === 'rows') asked?.resolve(message.rows as never);
			else asked?.reject(fromPlain(message.error));
		}
	};
}

class Undone extends Error {}

interface OpenTransaction {
	run(statement: Statement): Promise<object[]>;
	end(isCommit: boolean): void;
}

/** In the main thread. @param post to the relay's thread */
export function serveDatabase(database: Database, post: (message: ToRelay) => void) {
	const open = new Map<number, OpenTransaction>();
	const answer = (id: number, asked: Promise<object[]>) =>
		asked.then(
			(rows) => post({ kind: 'rows', id, rows }),
			(error: unknown) => post({ kind: 'failedStatement', id, error: toPlain(error) })
		);
	const begin = (id: number, number: number) => {
		let end: OpenTransaction['end'] = () => {};
		const isOver = new Promise<boolean>((resolve) => (end = resolve));
		let begun: (queries: Queries) => void = () => {};
		let failed: (error: unknown) => void = () => {};
		const there = new Promise<Queries>((resolve, reject) => {
			begun = resolve;
			failed = reject;
		});
		there.catch(() => undefined);
		open.set(number, {
			run: async ({ sql, parameters }) => (await there).query(sql, parameters),
			end
		});
		const done = database
			.transaction(async (queries) => {
				begun(queries);
				if (!(await isOver)) throw new Undone('taken back');
				return [];
			})
			.catch((error: unknown) => {
				// those that wait for its beginning would wait for ever
				failed(error);
				throw error;
			})
			.finally(() => open.delete(number));
		void answer(id, done);
	};
	return {
		hear(message: Extract<FromRelay, { kind: 'statement' | 'begin' | 'end' }>): void {
			if (message.kind === 'begin') return begin(message.id, message.transaction);
			const transaction = open.get(message.transaction);
			if (message.kind === 'end') return transaction?.end(message.isCommit);
			const { sql, parameters } = message.statement;
			if (message.transaction === 0)
				return void answer(message.id, database.query(sql, parameters));
			const asked = transaction
				? transaction.run(message.statement)
				: Promise.reject(new Error('this transaction is over'));
			void answer(message.id, asked);
		},
		get isBusy(): boolean {
			return open.size > 0;
		},
		/** Its thread is gone: what it had begun is taken back. */
		abandon(): void {
			for (const transaction of open.values()) transaction.end(false);
		}
	};
}
