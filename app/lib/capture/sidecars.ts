// XMP sidecars that are chosen together with photos.
import type { XmpSaid } from '#shared/photos/xmp.ts';
import type { Chosen } from './importer.ts';

export interface Sorted {
	photos: Chosen[];
	/** by photo */
	said: Map<Chosen, XmpSaid>;
	/** sidecars that say nothing of any photo, and why */
	refused: { chosen: Chosen; reason: 'bad_sidecar' | 'lonely_sidecar' }[];
}

export const isSidecar = ({ file }: Chosen): boolean => /\.xmp$/i.test(file.name);

/** Folder and name without an ending, the same for all files of a shot: 'dcim/img_1'. */
export function stemOf({ file, path: given }: Chosen): string {
	const path = given || file.webkitRelativePath || file.name;
	return path.replace(/\.[^./]*$/, '').toLowerCase();
}

/** The same for a sidecar: IMG_1.xmp, or IMG_1.CR2.xmp as some programs call it. */
const stemsOf = (sidecar: Chosen): string[] => {
	const stem = stemOf(sidecar);
	return [stem, stem.replace(/\.[^./]*$/, '')];
};

/**
 * Tells photos from sidecars, and reads what those say.
 * @param read gives what a sidecar says; throws for what is none
 */
export async function sortSidecars(
	chosen: readonly Chosen[],
	read: (file: File) => Promise<XmpSaid>
): Promise<Sorted> {
	const photos = chosen.filter((each) => !isSidecar(each));
	const byStem = new Map<string, Chosen[]>();
	for (const photo of photos)
		byStem.set(stemOf(photo), [...(byStem.get(stemOf(photo)) ?? []), photo]);
	const sorted: Sorted = { photos, said: new Map(), refused: [] };
	for (const sidecar of chosen.filter(isSidecar)) {
		const [own, without] = stemsOf(sidecar);
		const about = byStem.get(own!) ?? byStem.get(without!) ?? [];
		if (about.length === 0) {
			sorted.refused.push({ chosen: sidecar, reason: 'lonely_sidecar' });
			continue;
		}
		try {
			const said = await read(sidecar.file);
			for (const photo of about) sorted.said.set(photo, said);
		} catch {
			sorted.refused.push({ chosen: sidecar, reason: 'bad_sidecar' });
		}
	}
	return sorted;
}
