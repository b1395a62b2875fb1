import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AuraError } from '#shared/errors.ts';

/** A limit on something that a key (account, address, guest) does. */
export interface Limit {
	/** Counts one. @throws AuraError too_many_requests, with the seconds to wait. */
	take(key: string): Promise<void>;
	/** Forgets a key. */
	reset(key: string): Promise<void>;
}

/**
 * @param points how often within `seconds`
 * @param blockSeconds how long a key that passed the limit waits
 */
export function createLimit(points: number, seconds: number, blockSeconds = seconds): Limit {
	const limiter = new RateLimiterMemory({ points, duration: seconds, blockDuration: blockSeconds });
	return {
		async take(key) {
			try {
				await limiter.consume(key);
			} catch (error) {
				if (!(error instanceof RateLimiterRes)) throw error;
				const retryAfter = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
				throw new AuraError('too_many_requests', `Too many tries. Wait ${retryAfter} seconds.`, {
					retryAfter
				});
			}
		},
		async reset(key) {
			await limiter.delete(key);
		}
	};
}
