// Faces of photos in which people were named by hand, as our pipeline finds them, and as the peer's does.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { samplePhoto } from '../support/paths.ts';
import { people } from './labels.ts';

export interface Found {
	box: { x: number; y: number; width: number; height: number };
	embedding: number[];
}
export type Find = (file: string) => Promise<Found[]>;
export interface Named {
	name: string;
	/** of the file that the face is in */
	photo: string;
	embedding: number[] | null;
}

export const finder =
	(page: Page, kind: 'faces' | 'peerFaces'): Find =>
	(file) =>
		page.evaluate(
			([base64, which]) =>
				(globalThis as unknown as { bench: Record<string, (bytes: string) => Promise<Found[]>> })
					.bench[which]!(base64),
			[readFileSync(file).toString('base64'), kind] as const
		);

const holds = ({ box }: Found, x: number, y: number) =>
	x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height;

/** One face a photo, in folders by person. */
export async function folderOfPeople(folder: string, find: Find): Promise<Named[]> {
	const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
		name.endsWith('.jpg')
	);
	const list: Named[] = [];
	for (const file of files.sort()) {
		const faces = await find(join(folder, file));
		const largest = faces.sort(
			(a, b) => b.box.width * b.box.height - a.box.width * a.box.height
		)[0];
		list.push({
			name: dirname(file),
			photo: file,
			embedding: largest?.embedding ?? null
		});
	}
	return list;
}

export async function samples(find: Find): Promise<Named[]> {
	const list: Named[] = [];
	for (const n of [1, 2, 3, 4, 5, 6] as const) {
		const faces = await find(samplePhoto(n));
		for (const [x, y, name] of people[n])
			if (name)
				list.push({
					name,
					photo: `sample ${n}`,
					embedding: faces.find((face) => holds(face, x, y))?.embedding ?? null
				});
	}
	return list;
}
