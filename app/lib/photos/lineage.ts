import type { Asset } from '#shared/files/lineage.ts';
import type { FileKind } from '#shared/files/kinds.ts';

export interface Branch {
	asset: Asset;
	made: Branch[];
}

/** What was made of what: originals first; what is made of something that is gone stands by itself. */
export function treeOf(assets: readonly Asset[]): Branch[] {
	const branches = new Map(assets.map((asset) => [asset.id, { asset, made: [] as Branch[] }]));
	const roots: Branch[] = [];
	for (const branch of branches.values()) {
		const source = branch.asset.source === null ? undefined : branches.get(branch.asset.source);
		(source?.made ?? roots).push(branch);
	}
	const rank = ({ asset }: Branch) => (asset.kind === 'original' ? 0 : 1);
	return roots.sort((a, b) => rank(a) - rank(b));
}

const names: Record<FileKind, string> = {
	original: 'Original',
	web: 'Picture for screens',
	thumb: 'Thumbnail',
	faces: 'Faces'
};

/** How a file is called: 'Thumbnail', 'Original for guests'. */
export const assetName = ({ kind, made }: Pick<Asset, 'kind' | 'made'>): string =>
	made.startsWith('guest/') ? 'Original for guests' : names[kind];
