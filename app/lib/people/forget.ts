// Takes faces off this device that the studio forgets.
import { sha256Hex } from '#shared/bytes.ts';
import { dimensionsOf, readSidecar, writeSidecar } from '#shared/faces/sidecar.ts';
import { type FacePlace, liesAt, placeOf } from '#shared/people/faces.ts';
import type { DeviceDatabase } from '../device/database.ts';
import { dropGraph } from '../faces/stored-graph.ts';

/** @returns the same bytes when no face lies at these places, or when they are no sidecar that this version knows */
export function without(
	bytes: Uint8Array<ArrayBuffer>,
	places: readonly FacePlace[]
): Uint8Array<ArrayBuffer> {
	if (places.length === 0) return bytes;
	try {
		const sidecar = readSidecar(bytes, 'any');
		const faces = sidecar.faces.filter(({ box }) => !liesAt(box, places));
		if (faces.length === sidecar.faces.length) return bytes;
		return writeSidecar({ ...sidecar, faces }, dimensionsOf(sidecar));
	} catch {
		return bytes;
	}
}

/** A sidecar that was just made, without the faces that these keys name. */
export async function withoutPlaces(
	made: { bytes: Uint8Array<ArrayBuffer>; sha256: string; faces: number },
	keys: readonly string[]
): Promise<typeof made> {
	const bytes = without(made.bytes, keys.map(placeOf));
	if (bytes === made.bytes) return made;
	const { faces } = readSidecar(bytes, 'any');
	return { bytes, sha256: await sha256Hex(bytes), faces: faces.length };
}

/** Places of the faces of a photo that are forgotten, by keys of the event's document. */
export const placesOf = (photo: string, keys: Iterable<string>): FacePlace[] =>
	[...keys].filter((key) => key.startsWith(`${photo}/`)).map(placeOf);

/**
 * Writes sidecars anew without these faces; one that waits to be sent is sent without them.
 * @param keys of forgotten faces of an event
 * @returns whether there were any
 */
export async function forgetFaces(
	database: DeviceDatabase,
	workspace: string,
	event: string,
	keys: readonly string[]
): Promise<boolean> {
	const { sidecars, transfers, settings } = database;
	let isAny = false;
	for (const photo of new Set(keys.map((key) => placeOf(key).photo))) {
		const row = await sidecars.get([event, photo]);
		if (!row) continue;
		const bytes = without(row.bytes, placesOf(photo, keys));
		if (bytes === row.bytes) continue;
		isAny = true;
		const sha256 = await sha256Hex(bytes);
		await database.transaction('rw', sidecars, transfers, async () => {
			await sidecars.put({ event, photo, bytes });
			await transfers
				.where('id')
				.equals(`${event}/${photo}/faces`)
				.modify({ sha256, size: bytes.length });
		});
	}
	// what was kept of the server's answers names them too
	const forgotten = new Set(keys);
	const known = await settings.get(`known-people/${event}`);
	if (known) {
		const value = (known.value as [string, string][]).filter(([face]) => !forgotten.has(face));
		await settings.put({ key: known.key, value });
	}
	if (isAny) {
		await settings.delete(`people-numbers/${workspace}`);
		await dropGraph(database);
	}
	return isAny;
}
