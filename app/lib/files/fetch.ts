// Fetches a file of the server over networks that break off: what has arrived is not asked for again, and the whole is
// compared with the hash that the server names it by.
import { sha256Hex } from '#shared/bytes.ts';

export interface Fetched {
	blob: Blob;
	headers: Headers;
}

export interface FetchPorts {
	fetch: typeof fetch;
	sleep(ms: number): Promise<void>;
}
const browser: FetchPorts = {
	fetch: (...asked) => fetch(...asked),
	sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms))
};

/** Tries in a row in which nothing arrived that is of use, before it is given up. */
const TRIES = 5;
const FIRST_MS = 500;

/** Strong tags of stored files are their SHA-256; what the server makes on its way has another one. */
const hashIn = (etag: string | null): string | null =>
	/^"([0-9a-f]{64})"$/.exec(etag ?? '')?.[1] ?? null;

/**
 * @param isPatient waits for a network also before anything has arrived
 * @returns null when the server does not have it
 * @throws Error when it cannot be reached, or what came is not what it says
 */
export async function fetchFile(
	url: string,
	isPatient: boolean,
	ports: FetchPorts = browser
): Promise<Fetched | null> {
	let parts: Uint8Array<ArrayBuffer>[] = [];
	let have = 0;
	let etag: string | null = null;
	let failures = 0;
	let isDoubted = false;
	for (;;) {
		let total: number | null = null;
		try {
			const goesOn: boolean = have > 0 && etag !== null;
			const response: Response = await ports.fetch(
				url,
				goesOn ? { headers: { Range: `bytes=${have}-`, 'If-Range': etag! } } : {}
			);
			const { headers, status } = response;
			// it ended exactly where it broke off, or is another one now
			if (status === 416) etag = null;
			if (status >= 500 || status === 429 || status === 416) throw new Error(`${status}`);
			if (!response.ok) return null;
			if (status !== 206) {
				parts = [];
				have = 0;
				etag = headers.get('etag');
			}
			const length = headers.get('content-length');
			// packed on its way, it says nothing of what comes out
			if (length !== null && !headers.has('content-encoding')) total = have + Number(length);
			const reader = response.body!.getReader();
			for (;;) {
				const { done, value } = await reader.read();
				if (done) break;
				parts.push(value);
				have += value.length;
				// what cannot be gone on from is no progress
				if (etag !== null) failures = 0;
			}
			if (total !== null && have < total) throw new Error('It broke off.');
			const blob = new Blob(parts, { type: headers.get('content-type') ?? '' });
			const hash = hashIn(etag);
			if (hash === null || (await sha256Hex(new Uint8Array(await blob.arrayBuffer()))) === hash)
				return { blob, headers };
			if (isDoubted) throw new Damaged();
			// once more from its beginning: parts of two moments do not fit
			isDoubted = true;
			parts = [];
			have = 0;
		} catch (error) {
			const most = isPatient || have > 0 ? TRIES : 1;
			if (error instanceof Damaged || ++failures >= most)
				throw new Error('It could not be loaded. Check the network and try again.', {
					cause: error
				});
			if (etag === null) {
				parts = [];
				have = 0;
			}
			await ports.sleep(FIRST_MS * 2 ** (failures - 1));
		}
	}
}

class Damaged extends Error {}
