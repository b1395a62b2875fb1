// Requests that may come twice: a device that lost its network does not know whether it was heard.
// Field and meaning: draft-ietf-httpapi-idempotency-key-header.
import { createHash, randomUUID } from 'node:crypto';
import { AuraError, type ErrorCode } from '#shared/errors.ts';
import type { Database } from '../database/database.ts';
import type { SecretBox } from '../secrets.ts';

/** How long answers are kept, days. */
export const REPEAT_DAYS = 7;
/** Whoever carries a request out and has not said how it ended for so long is dead, seconds. */
const CLAIM_SECONDS = 60;
const keyPattern = /^[\x21-\x7e]{8,128}$/;

/** A request, as far as it tells whether two are the same. */
export interface Repeatable {
	workspace: string;
	/** who asks */
	person: string;
	/** the Idempotency-Key that the client gave */
	key: string;
	method: string;
	path: string;
	/** JSON */
	body: unknown;
}

export interface Repeats {
	/**
	 * Carries a request out once; whoever repeats it within 7 days gets the first answer. What may end otherwise
	 * the next time (too many requests, a fault of the server) is not kept.
	 * @throws AuraError that was the first answer, if it was one
	 * @throws AuraError conflict with `reason: 'running'` while the first one is carried out
	 * @throws AuraError invalid when the key was used for another request
	 */
	once<T>(request: Repeatable, run: () => Promise<T>): Promise<T>;
	/** Forgets what is older than 7 days. */
	sweep(): Promise<void>;
}

/** no value: no content */
type Kept<T> =
	| { kind: 'done'; value?: T }
	| { kind: 'refused'; code: ErrorCode; message: string; details: AuraError['details'] };

const sha256 = (...parts: string[]): Uint8Array =>
	createHash('sha256').update(JSON.stringify(parts)).digest();
const passing = new Set<ErrorCode>([
	'too_many_requests',
	'internal',
	'unavailable',
	'storage_full'
]);

export function createRepeats(database: Database, box: SecretBox): Repeats {
	const claim = async (key: Uint8Array, request: Uint8Array, workspace: string, mine: string) => {
		const rows = await database.query(
			`insert into command_answers (key, workspace_id, request, claim) values ($1, $2, $3, $4)
			 on conflict (key) do update set claim = excluded.claim, at = now()
			 where command_answers.request = excluded.request and command_answers.answer is null
			 	and command_answers.at < now() - make_interval(secs => $5)
			 returning 1 as one`,
			[key, workspace, request, mine, CLAIM_SECONDS]
		);
		return rows.length > 0;
	};
	const find = async (key: Uint8Array) => {
		const [row] = await database.query<{ request: Uint8Array; answer: Uint8Array | null }>(
			`select request, answer from command_answers where key = $1`,
			[key]
		);
		return row ?? null;
	};

	return {
		async once<T>(asked: Repeatable, run: () => Promise<T>): Promise<T> {
			if (!keyPattern.test(asked.key))
				throw new AuraError(
					'invalid',
					'An Idempotency-Key has 8 to 128 printable characters without spaces.'
				);
			const key = sha256(asked.workspace, asked.person, asked.key);
			const request = sha256(asked.method, asked.path, JSON.stringify(asked.body ?? null));
			const purpose = `answer ${Buffer.from(key).toString('hex')}`;
			const mine = randomUUID();
			if (!(await claim(key, request, asked.workspace, mine))) {
				const found = await find(key);
				if (found && !Buffer.from(found.request).equals(request))
					throw new AuraError('invalid', 'This Idempotency-Key was used for another request.');
				if (!found?.answer)
					throw new AuraError('conflict', 'This request is being carried out. Ask again.', {
						reason: 'running',
						retryAfter: 2
					});
				const kept = JSON.parse(Buffer.from(box.open(found.answer, purpose)).toString()) as Kept<T>;
				if (kept.kind === 'done') return kept.value as T;
				throw new AuraError(kept.code, kept.message, kept.details);
			}
			const keep = (kept: Kept<T>) =>
				database.query(`update command_answers set answer = $3 where key = $1 and claim = $2`, [
					key,
					mine,
					box.seal(Buffer.from(JSON.stringify(kept)), purpose)
				]);
			let value: T;
			try {
				value = await run();
			} catch (error) {
				if (error instanceof AuraError && !passing.has(error.code))
					await keep({
						kind: 'refused',
						code: error.code,
						message: error.message,
						details: error.details
					});
				else
					await database.query(`delete from command_answers where key = $1 and claim = $2`, [
						key,
						mine
					]);
				throw error;
			}
			await keep({ kind: 'done', value });
			return value;
		},
		async sweep() {
			await database.query(
				`delete from command_answers where at < now() - make_interval(days => $1)`,
				[REPEAT_DAYS]
			);
		}
	};
}
