import type { Limit } from './ports.ts';

/** What HTTP adds to a request's body, both ways, bytes: counted, for people pay for it. */
const AROUND = 700;
/** How much is let go at once, seconds of the rate: more than that is never sent ahead of time. */
const SLICE_S = 0.4;

/**
 * A token bucket: over any ten seconds at most `rate` and a twenty-fifth more goes.
 * @param rate bytes a second; null: no limit. Asked anew each time, for people change their minds
 */
export function createLimit(ports: {
	rate(): number | null;
	/** bytes that may still go today; null: no limit */
	left(): number | null;
	now(): number;
	sleep(ms: number): Promise<void>;
	onSpend(bytes: number): void;
}): Limit {
	let tokens = 0;
	let filledAt = ports.now();
	/** whoever asked first goes first */
	let turn: Promise<unknown> = Promise.resolve();
	const wait = async (wanted: number): Promise<number> => {
		const left = ports.left() ?? Infinity;
		for (;;) {
			const rate = ports.rate();
			if (rate === null) return Math.max(1, Math.min(wanted, left));
			const slice = Math.max(1_024, rate * SLICE_S);
			const now = ports.now();
			tokens = Math.min(slice, tokens + ((now - filledAt) / 1_000) * rate);
			filledAt = now;
			const most = Math.max(1, Math.floor(Math.min(wanted, left, slice - AROUND)));
			if (tokens >= Math.min(slice, most + AROUND)) {
				// taken at once: the next one does not get them too
				tokens -= most + AROUND;
				return most;
			}
			await ports.sleep(Math.max(5, ((most + AROUND - tokens) / rate) * 1_000));
		}
	};
	return {
		room(wanted) {
			const mine = turn.then(() => wait(wanted));
			turn = mine.catch(() => undefined);
			return mine;
		},
		spend: (bytes) => ports.onSpend(bytes + AROUND)
	};
}
