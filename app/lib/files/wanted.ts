import type { DeviceDatabase } from '../device/database.ts';

/** What is asked for goes before all that is not, in the same order of kinds. */
const AHEAD = 10;

/**
 * Files of photos that somebody looks at, here or elsewhere, are sent first.
 * @returns whether any of them waits
 */
export async function wantFirst(
	{ transfers }: DeviceDatabase,
	event: string,
	photos: readonly string[]
): Promise<boolean> {
	let count = 0;
	for (const photo of photos)
		count += await transfers
			.where('id')
			.startsWith(`${event}/${photo}/`)
			.filter(({ order }) => order >= 0)
			.modify((row) => void (row.order -= AHEAD));
	return count > 0;
}
