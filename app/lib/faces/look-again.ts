// A studio chose another model: the server makes anew the faces that it has, this device those that it has not sent.
import type { Embedder } from '#shared/faces/models.ts';
import { readSidecar } from '#shared/faces/sidecar.ts';
import type { DeviceDatabase } from '../device/database.ts';

/** What faces of a sidecar were told apart with; null: it is damaged. */
function modelOf(bytes: Uint8Array): string | null {
	try {
		return readSidecar(bytes, 'any').model;
	} catch {
		return null;
	}
}

/**
 * Photos of this device whose faces wait to be sent and were found with another model are looked at again, once this one is
 * here. Until then they are found as before; and should they be sent meanwhile, the server follows.
 * @returns how many
 */
export async function lookAgainWith(
	{ imports, sidecars, transfers, files }: DeviceDatabase,
	workspace: string,
	model: Embedder
): Promise<number> {
	const waiting = await transfers
		.filter((row) => row.kind === 'faces' && row.workspace === workspace)
		.toArray();
	let count = 0;
	for (const { event, photo } of waiting) {
		const sidecar = await sidecars.get([event, photo]);
		if (!sidecar || modelOf(sidecar.bytes) === model.id) continue;
		// a photo's id is the beginning of its content's hash
		const rows = imports
			.where('[event+sha256]')
			.between([event, photo], [event, `${photo}g`])
			.and(({ state }) => state === 'done');
		const row = await rows.first();
		if (row && (await files.get(`originals/${row.sha256}`)))
			count += await rows.modify({ state: 'faceless' });
	}
	return count;
}
