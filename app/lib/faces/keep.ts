// What looks at faces is large and the same at each event: a phone without the installed application keeps it as well.

const CACHE = 'guest-models';

/** A file of the application, from this phone if it is kept here; it is kept from now on. @throws as fetch does */
export async function fetchKept(address: string): Promise<Response> {
	const cache = await globalThis.caches?.open(CACHE).catch(() => null);
	const kept = await cache?.match(address, { ignoreVary: true }).catch(() => undefined);
	if (kept) return kept;
	const response = await fetch(address);
	// a phone that is full, or a private window, loads it each time
	if (response.ok) void cache?.put(address, response.clone()).catch(() => undefined);
	return response;
}

/** Whether this device has a file of the application. */
export const isHere = (address: string): Promise<boolean> =>
	globalThis.caches?.match(address, { ignoreVary: true }).then(Boolean, () => false) ??
	Promise.resolve(false);

/**
 * Sees to it that the browser has files of the application. Workers and tabs that need the same at once download it once, whatever
 * the browser's cache does about that.
 * @throws as fetch does
 */
export async function fetchOnce(addresses: readonly string[]): Promise<void> {
	await Promise.all(
		addresses.map(async (address) => {
			if (await isHere(address)) return;
			await navigator.locks.request(`aura-fetch-${address}`, async () => {
				if (await isHere(address)) return;
				const response = await fetch(address);
				if (response.ok) await response.body?.pipeTo(new WritableStream());
			});
		})
	);
}

/** Forgets what an older version kept. @param addresses what is needed now */
export async function keepOnly(addresses: readonly string[]): Promise<void> {
	const needed = new Set(addresses.map((address) => new URL(address, location.href).href));
	const cache = await globalThis.caches?.open(CACHE);
	for (const { url } of (await cache?.keys()) ?? []) if (!needed.has(url)) await cache?.delete(url);
}
