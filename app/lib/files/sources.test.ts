import { expect, it } from 'vitest';
import type { DeviceDatabase, FileRow } from '../device/database.ts';
import { trimFetched } from './sources.ts';

it('gives up the oldest pictures that the server has, and none that was made here', async () => {
	let rows: FileRow[] = Array.from({ length: 10 }, (_, i) => ({
		key: `thumb/${i}`,
		size: 100,
		...(i < 2 ? {} : { fetchedAt: i })
	}));
	const removed: string[] = [];
	const files = {
		where: () => ({
			above: () => ({ sortBy: async () => rows.filter(({ fetchedAt }) => fetchedAt) })
		}),
		delete: async (key: string) => void (rows = rows.filter((row) => row.key !== key))
	} as unknown as DeviceDatabase['files'];
	const trim = (most: number) =>
		trimFetched(
			'hana',
			{ files },
			most,
			async (_, area, name) => void removed.push(`${area}/${name}`)
		);
	await trim(800);
	expect(removed).toEqual([]);
	await trim(500);
	// down to four fifths of it
	expect(removed).toEqual(['thumb/2', 'thumb/3', 'thumb/4', 'thumb/5']);
	expect(rows.map(({ key }) => key)).toEqual([0, 1, 6, 7, 8, 9].map((i) => `thumb/${i}`));
});
