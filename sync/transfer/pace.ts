// How much is sent at a time: it follows what the network carried.

/**
 * Bytes of a request, and how long one should take. On a quick line most photos go in one: the server keeps such a file
 * as it came.
 */
const REQUEST = { first: 128 * 1024, min: 32 * 1024, max: 32 * 1024 ** 2, ms: 4_000 };
/** Requests with pieces at the same time. */
const LANES = { min: 3, max: 4 };
/** Pieces that lie ready, in requests of all lanes. */
const AHEAD = 3;

export interface Pace {
	/**
	 * Bytes of the next request.
	 * @param busy others that are under way: requests that begin together must not end together, or the line is idle until
	 * all their answers have come
	 */
	request(busy: number): number;
	/** requests with pieces at the same time */
	lanes(): number;
	/** bytes that lie ready at most */
	ahead(): number;
	/** bytes a millisecond, of all lanes; 0: not known yet */
	rate(): number;
	/** A request got through. */
	took(bytes: number, ms: number): void;
	/** The network is cut again and again: less is tried at once. */
	isCutOff(): void;
	/** A server of another version takes less than this at once. @returns whether less can be tried */
	isTooMuch(bytes: number): boolean;
}

export function createPace(): Pace {
	let request = REQUEST.first;
	let rate = 0;
	let lanes = LANES.min;
	let { max } = REQUEST;
	return {
		request(busy) {
			const share = request < max ? Math.min(1, (busy + 1) / lanes) : 1;
			return Math.ceil(Math.max(REQUEST.min, request * share));
		},
		lanes: () => lanes,
		ahead: () => AHEAD * lanes * request,
		rate: () => rate,
		took(bytes, ms) {
			const mine = bytes / Math.max(1, ms);
			rate = rate === 0 ? mine * lanes : rate * 0.7 + mine * lanes * 0.3;
			const fits = Math.min(request * 2, mine * REQUEST.ms);
			request = Math.min(max, Math.max(REQUEST.min, fits));
			// requests that are over soon leave the line idle in between
			lanes = ms < REQUEST.ms / 4 && request < max ? LANES.max : LANES.min;
		},
		isCutOff() {
			request = Math.max(REQUEST.min, request / 2);
		},
		isTooMuch(bytes) {
			if (bytes <= REQUEST.min) return false;
			max = Math.max(REQUEST.min, bytes / 2);
			request = Math.min(request, max);
			return true;
		}
	};
}
