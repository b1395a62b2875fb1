// When something is tried again, and what is not.
import { MAX_WAIT_MS } from './ports.ts';

/** Milliseconds until the next try: doubles from a quarter of a second to a minute, with a random half. */
export const retryDelay = (attempts: number, random: number): number =>
	Math.min(MAX_WAIT_MS, 250 * 2 ** Math.min(attempts - 1, 10)) * (0.5 + random / 2);

/** After the first failure it is tried again within so long, ms. */
const FIRST_TRY_MS = 100;

/**
 * How long nothing is tried after the network or the server was away.
 * @param failures in a row, this one included
 */
export function awayDelay(failures: number, random: number, error: unknown): number {
	const asked = Number((error as { details?: { retryAfter?: unknown } })?.details?.retryAfter);
	return Math.max(
		// after one cut the network is mostly there again: cut after cut it is not
		failures === 1 ? FIRST_TRY_MS * random : retryDelay(failures - 1, random),
		Number.isFinite(asked) ? asked * 1_000 : 0
	);
}

const final = new Set(['unsupported_type', 'too_large', 'forbidden', 'over_quota', 'lost']);
const ofServer = new Set(['too_many_requests', 'unavailable', 'storage_full', 'unauthenticated']);

/** The code of a problem of the API. What the network throws has none, or a number. */
export const codeOf = (error: unknown): string | undefined => {
	const { code } = (error ?? {}) as { code?: unknown };
	return typeof code === 'string' && code !== '' ? code : undefined;
};

/** Whether trying again does not mend it. */
export const isFinal = (error: unknown): boolean => final.has(codeOf(error) ?? '');

/** Whether it says nothing of a file: the network is cut, or the server away, busy or full. */
export function isOfServer(error: unknown): boolean {
	const code = codeOf(error);
	return code === undefined || ofServer.has(code);
}
