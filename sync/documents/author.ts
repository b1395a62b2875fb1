import type * as Y from 'yjs';

/**
 * Which client wrote what a key says now. Clients belong to one person each: the server binds them when they first write
 * (docs/decisions/003-authorise-before-applying.md).
 * @returns null: it says nothing
 */
export function clientOf(map: Y.Map<unknown>, key: string): number | null {
	const item = map._map.get(key);
	return item && !item.deleted ? item.id.client : null;
}
