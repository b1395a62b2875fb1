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

/** Forgets what an older version kept. @param addresses what is needed now */
export async function keepOnly(addresses: readonly string[]): Promise<void> {
	const needed = new Set(addresses.map((address) => new URL(address, location.href).href));
	const cache = await globalThis.caches?.open(CACHE);
	for (const { url } of (await cache?.keys()) ?? []) if (!needed.has(url)) await cache?.delete(url);
}
