import { expect, it } from 'vitest';
import type { Asset } from '#shared/files/lineage.ts';
import { assetName, treeOf } from './lineage.ts';

const asset = (
	id: string,
	kind: Asset['kind'],
	source: string | null,
	made = `${kind}/x`
): Asset => ({
	...{ id, kind, source, made, size: 1, format: 'webp', by: null, accesses: 0 },
	...{ at: '2026-01-19T00:00:00.000Z', lastAccess: '2026-01-19T00:00:00.000Z' }
});

it('puts what was made under what it was made of, and originals first', () => {
	const words = (branches: ReturnType<typeof treeOf>): unknown[] =>
		branches.map(({ asset: { id }, made }) => (made.length > 0 ? [id, words(made)] : id));
	expect(
		words(
			treeOf([
				asset('faces', 'faces', 'gone'),
				asset('thumb', 'thumb', 'original'),
				asset('web', 'web', 'original'),
				asset('original', 'original', null),
				asset('avif', 'web', 'web')
			])
		)
	).toEqual([['original', ['thumb', ['web', ['avif']]]], 'faces']);
	expect(treeOf([])).toEqual([]);
});

it('tells the original from what guests get of it', () => {
	expect(assetName(asset('a', 'original', null))).toBe('Original');
	expect(assetName(asset('a', 'original', 'b', 'guest/x'))).toBe('Original for guests');
});
