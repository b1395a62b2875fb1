// The one place that knows rate-limiter-flexible: how often something may be done.
import {
	type IRateLimiterOptions,
	type RateLimiterAbstract,
	RateLimiterMemory,
	RateLimiterPostgres,
	RateLimiterRedis,
	RateLimiterRes
} from 'rate-limiter-flexible';
import { AuraError } from '#shared/errors.ts';
import type { Redis } from '../redis.ts';
import type { Database, Parameter } from '../database/database.ts';

/** A limit on something that a key (account, address, guest) does. */
export interface Limit {
	/** Counts one. @throws AuraError too_many_requests, with the seconds to wait. */
	take(key: string): Promise<void>;
	/** Forgets a key. */
	reset(key: string): Promise<void>;
}

export interface LimitRule {
	/** tells limits apart where several processes count together */
	name: string;
	/** how often within `seconds` */
	points: number;
	seconds: number;
	/** how long a key that passed the limit waits, seconds; `seconds` when absent */
	wait?: number;
	/** whoever goes on after the wait waits twice as long each time, at most a day; forgotten two days later */
	isGrowing?: boolean;
}

export type MakeLimit = (rule: LimitRule) => Limit;
type MakeLimiter = (options: IRateLimiterOptions) => RateLimiterAbstract;

/** Longest wait, seconds. */
const MAX_WAIT = 24 * 60 * 60;

const inMemory: MakeLimiter = (options) => new RateLimiterMemory(options);

/** Counts in the table rate_limits, the same for all processes. */
const inDatabase =
	(database: Database): MakeLimiter =>
	(options) =>
		new RateLimiterPostgres({
			...options,
			storeClient: {
				query: async ({ text, values }: { text: string; values: Parameter[] }) => ({
					rows: await database.query(text, values)
				})
			},
			storeType: 'client',
			tableName: 'rate_limits',
			tableCreated: true
		});

/** Counts in Redis or Valkey, and in memory while it cannot be reached. */
const inRedis =
	(redis: Redis): MakeLimiter =>
	(options) =>
		new RateLimiterRedis({
			...options,
			storeClient: redis,
			useRedisPackage: true,
			insuranceLimiter: new RateLimiterMemory(options)
		});

/**
 * Several processes count together: in Redis where there is one, else in Postgres. The embedded database has one process,
 * which counts in memory.
 */
export const createLimits = (database: Database, redis: Redis | null): MakeLimit =>
	limitsIn(redis ? inRedis(redis) : database.kind === 'postgres' ? inDatabase(database) : inMemory);

/** @param database null: in memory */
export const limitsOn = (database: Database | null): MakeLimit =>
	limitsIn(database ? inDatabase(database) : inMemory);

const limitsIn =
	(make: MakeLimiter): MakeLimit =>
	({ name, points, seconds, wait = seconds, isGrowing = false }) => {
		const limiter = make({ keyPrefix: name, points, duration: seconds, blockDuration: wait });
		const offences = make({
			keyPrefix: `${name}-again`,
			points: 1_000,
			duration: 2 * MAX_WAIT
		});
		/** Seconds for which a key that has just passed the limit waits. */
		const grow = async (key: string): Promise<number> => {
			const { consumedPoints } = await offences.consume(key);
			const longer = Math.min(MAX_WAIT, wait * 2 ** Math.min(consumedPoints - 1, 16));
			await limiter.block(key, longer);
			return longer;
		};
		return {
			async take(key) {
				try {
					await limiter.consume(key);
				} catch (error) {
					if (!(error instanceof RateLimiterRes)) throw error;
					const isFirst = error.consumedPoints === points + 1;
					const retryAfter =
						isGrowing && isFirst
							? await grow(key)
							: Math.max(1, Math.ceil(error.msBeforeNext / 1000));
					throw new AuraError('too_many_requests', `Too many tries. Wait ${retryAfter} seconds.`, {
						retryAfter
					});
				}
			},
			async reset(key) {
				await limiter.delete(key);
				await offences.delete(key);
			}
		};
	};

export interface Throttle {
	/**
	 * Counts a request of somebody and says in standard headers what is left.
	 * @param setHeader of the answer
	 * @throws AuraError too_many_requests
	 */
	count(key: string, setHeader: (name: string, value: string) => void): Promise<void>;
}

/**
 * Keeps one runaway program from starving everybody else of this process. Counts are its own: nothing is guarded by them.
 * @param perMinute requests of one key; 0: no limit
 */
export function createThrottle(perMinute: number): Throttle {
	const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
	return {
		async count(key, setHeader) {
			if (perMinute === 0) return;
			const result = await limiter.consume(key).catch((error: unknown) => {
				if (!(error instanceof RateLimiterRes)) throw error;
				return error;
			});
			const seconds = Math.max(1, Math.ceil(result.msBeforeNext / 1000));
			setHeader('RateLimit-Limit', String(perMinute));
			setHeader('RateLimit-Remaining', String(result.remainingPoints));
			setHeader('RateLimit-Reset', String(seconds));
			if (result.consumedPoints > perMinute)
				throw new AuraError(
					'too_many_requests',
					`More than ${perMinute} requests in a minute. Wait ${seconds} seconds.`,
					{ retryAfter: seconds }
				);
		}
	};
}
