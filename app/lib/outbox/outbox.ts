// Commands on their way to the server: kept on the device first, sent in their order, carried out once.
import { AuraError, type ErrorCode } from '#shared/errors.ts';

/** What the server is asked to do, as it is kept on this device. */
export interface Command {
	/** UUID; the Idempotency-Key of all its tries */
	id: string;
	/** place in the order of asking */
	order: number;
	/** commands about the same subject are sent one after the other */
	subject: string;
	/** what it does, for people */
	words: string;
	/** endpoint of the API */
	endpoint: string;
	params: Record<string, string>;
	body?: unknown;
	/** milliseconds since 1970 */
	askedAt: number;
	/** 'done' and 'refused' ones stay until somebody has seen it */
	state: 'waiting' | 'done' | 'refused';
	/** first time it may have reached the server; null: it never left this device */
	triedAt: number | null;
	tries: number;
	/** not before, milliseconds since 1970 */
	notBefore: number;
	/** why it waits or was refused, for people */
	problem: string | null;
	code: ErrorCode | null;
	/** what the server answered */
	answer?: unknown;
	/** when it was done or refused */
	endedAt: number | null;
}

export type Asked = Pick<Command, 'subject' | 'words' | 'endpoint' | 'params' | 'body'>;

/** 'waits': kept on this device, and sent when the server can be reached. */
export type Outcome<T = unknown> =
	{ kind: 'done'; answer: T } | { kind: 'refused'; error: AuraError } | { kind: 'waits' };

export interface CommandStore {
	/** Puts it at the end. */
	add(command: Omit<Command, 'order'>): Promise<void>;
	get(id: string): Promise<Command | undefined>;
	/** in their order */
	all(): Promise<Command[]>;
	update(id: string, changes: Partial<Command>): Promise<void>;
	remove(id: string): Promise<void>;
}

export interface OutboxParts {
	store: CommandStore;
	/** @throws AuraError the server's answer; any other error: it could not be reached */
	send(command: Command): Promise<unknown>;
	/** Waits a little for the edits that were made before. @returns false: the server cannot be reached now */
	ready(): Promise<boolean>;
	/** Whether edits of this device wait for the server: it may not know yet what a command is about. */
	hasEdits(): Promise<boolean>;
	/** Runs in one tab at a time. */
	alone(run: () => Promise<void>): Promise<void>;
	makeId(): string;
	now(): number;
	/** @returns takes it back */
	after(ms: number, run: () => void): () => void;
	/** a number from 0 to 1 */
	random(): number;
	/** hears of failures of this device, such as a full disk */
	failed(error: unknown): void;
}

export interface Outbox {
	/** Keeps a command and tries to send it. */
	ask(asked: Asked): Promise<Outcome>;
	/** Sends what waits, now. */
	wake(): void;
	/** Takes back what was not sent. @returns false: too late */
	cancel(id: string): Promise<boolean>;
	/** Asks once more for what was refused. */
	again(id: string): Promise<void>;
	stop(): void;
}

export const outboxTimes = {
	/** first wait after a failure, ms; doubles with each */
	first: 2_000,
	longest: 5 * 60_000,
	/** how long somebody is kept waiting for the answer */
	patience: 10_000,
	/** how long the server remembers what it answered, see server/http/repeats.ts */
	remembered: 7 * 86_400_000,
	/** how long what was done is kept for whoever asked */
	seen: 60_000
};

/** Answers that mean: not now. */
const passing = new Set<ErrorCode>([
	'unauthenticated',
	'too_many_requests',
	'internal',
	'unavailable',
	'storage_full',
	'upgrade_required'
]);
const late =
	'It waited for more than 7 days after a first try that may have reached the server. Look whether it happened, then ask again.';

/** The link of an invitation that no mail carries: whoever asked has to hand it over. */
export const linkIn = ({ state, answer }: Pick<Command, 'state' | 'answer'>): string | null => {
	const { url, mail } = (answer ?? {}) as { url?: unknown; mail?: unknown };
	return state === 'done' && typeof url === 'string' && mail !== undefined && mail !== 'sent'
		? url
		: null;
};

export function createOutbox(parts: OutboxParts): Outbox {
	const { store } = parts;
	let failures = 0;
	let cancelTimer = () => {};
	let isStopped = false;

	const later = (ms: number) => {
		cancelTimer();
		if (!isStopped) cancelTimer = parts.after(ms, run);
	};
	const run = () => void drain().catch((error: unknown) => parts.failed(error));
	const add = async (asked: Asked): Promise<string> => {
		const id = parts.makeId();
		await store.add({
			...asked,
			id,
			askedAt: parts.now(),
			state: 'waiting',
			triedAt: null,
			tries: 0,
			notBefore: 0,
			problem: null,
			code: null,
			endedAt: null
		});
		return id;
	};
	const wait = (tries: number) =>
		Math.min(outboxTimes.longest, outboxTimes.first * 2 ** Math.min(tries, 20)) *
		(0.75 + parts.random() / 2);
	const end = (id: string, changes: Partial<Command>) =>
		store.update(id, { ...changes, endedAt: parts.now() });

	/** Why a command has to wait; null: it was answered. */
	const held = async ({ code, details, message }: AuraError): Promise<string | null> => {
		if (passing.has(code) || (code === 'conflict' && details['reason'] === 'running'))
			return message;
		// the server may only not have heard of it
		return code === 'not_found' && (await parts.hasEdits()) ? message : null;
	};

	/** @returns whether the server could be reached */
	async function send(command: Command): Promise<boolean> {
		const { id, tries } = command;
		const now = parts.now();
		if (command.triedAt !== null && now - command.triedAt > outboxTimes.remembered - 3_600_000) {
			await end(id, { state: 'refused', problem: late, code: 'gone' });
			return true;
		}
		// written before it is sent: a crash must not forget that it may have arrived
		await store.update(id, { triedAt: command.triedAt ?? now, tries: tries + 1 });
		try {
			const answer = await parts.send(command);
			await end(id, { state: 'done', answer, problem: null });
			return true;
		} catch (error) {
			if (!(error instanceof AuraError)) {
				await store.update(id, { problem: 'The server cannot be reached.' });
				return false;
			}
			const problem = await held(error);
			const { code, message, details } = error;
			if (problem === null) await end(id, { state: 'refused', problem: message, code });
			else {
				const seconds = Number(details['retryAfter']);
				const notBefore = parts.now() + (seconds > 0 ? seconds * 1000 : wait(tries));
				await store.update(id, { problem, notBefore });
			}
			return true;
		}
	}

	/** Sends what is due. Called in one tab at a time. */
	async function sendAll(): Promise<void> {
		const held = new Set<string>();
		const sent = new Set<string>();
		for (;;) {
			const rows = await store.all();
			for (const row of rows)
				if (row.state === 'done' && !linkIn(row) && parts.now() - row.endedAt! > outboxTimes.seen)
					await store.remove(row.id);
			const waiting = rows.filter(({ state }) => state === 'waiting');
			for (const { subject, notBefore, id } of waiting)
				if (notBefore > parts.now() || sent.has(id)) held.add(subject);
			const next = waiting.find(({ subject }) => !held.has(subject));
			if (!next || isStopped) {
				const times = waiting.map(({ notBefore }) => notBefore);
				if (times.length > 0) later(Math.max(1_000, Math.min(...times) - parts.now()));
				return;
			}
			sent.add(next.id);
			if (!(await parts.ready()) || !(await send(next))) {
				later(wait(failures++));
				return;
			}
			failures = 0;
		}
	}

	let draining: Promise<void> | null = null;
	let isAskedAgain = false;
	/** One run for all who ask while it runs, and another one after it for what they brought. */
	function drain(): Promise<void> {
		isAskedAgain = draining !== null;
		draining ??= (async () => {
			try {
				do {
					isAskedAgain = false;
					await parts.alone(sendAll);
				} while (isAskedAgain && !isStopped);
			} finally {
				draining = null;
			}
		})();
		return draining;
	}

	return {
		async ask(asked) {
			const id = await add(asked);
			let enough = () => {};
			const patience = new Promise<void>((resolve) => {
				enough = parts.after(outboxTimes.patience, resolve);
			});
			await Promise.race([drain(), patience]);
			enough();
			const row = await store.get(id);
			if (!row) return { kind: 'waits' };
			if (row.state === 'waiting') return { kind: 'waits' };
			// whoever asked hears it now: nobody has to be told later
			await store.remove(id);
			return row.state === 'done'
				? { kind: 'done', answer: row.answer }
				: { kind: 'refused', error: new AuraError(row.code ?? 'internal', row.problem ?? '') };
		},
		wake() {
			failures = 0;
			run();
		},
		async cancel(id) {
			let isCancelled = false;
			await parts.alone(async () => {
				const row = await store.get(id);
				isCancelled = row !== undefined && row.state !== 'done';
				if (isCancelled) await store.remove(id);
			});
			return isCancelled;
		},
		async again(id) {
			const row = await store.get(id);
			if (row?.state !== 'refused') return;
			const { subject, words, endpoint, params, body } = row;
			await store.remove(id);
			await add({ subject, words, endpoint, params, body });
			run();
		},
		stop() {
			isStopped = true;
			cancelTimer();
		}
	};
}
