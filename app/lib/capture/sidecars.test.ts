import { expect, it } from 'vitest';
import type { Chosen } from './importer.ts';
import { sortSidecars } from './sidecars.ts';

const chosen = (name: string, webkitRelativePath = ''): Chosen => ({
	file: { name, webkitRelativePath } as File,
	handle: null
});
const read = (file: File) =>
	file.name.startsWith('bad')
		? Promise.reject(new Error('no XMP'))
		: Promise.resolve({ caption: file.name });

it('sidecars find their photos by name and folder, RAW and JPEG alike', async () => {
	const photos = [
		chosen('A.JPG', 'card/1/A.JPG'),
		chosen('A.CR2', 'card/1/A.CR2'),
		chosen('A.JPG', 'card/2/A.JPG'),
		chosen('B.NEF')
	];
	const {
		said,
		refused,
		photos: kept
	} = await sortSidecars(
		[
			...photos,
			chosen('a.xmp', 'card/1/a.xmp'),
			chosen('B.NEF.xmp'),
			chosen('lost.XMP'),
			chosen('bad.xmp'),
			chosen('bad.jpg')
		],
		read
	);
	expect(kept).toHaveLength(5);
	expect([...said].map(([photo, { caption }]) => [photos.indexOf(photo), caption])).toEqual([
		[0, 'a.xmp'],
		[1, 'a.xmp'],
		[3, 'B.NEF.xmp']
	]);
	expect(refused.map(({ reason }) => reason)).toEqual(['lonely_sidecar', 'bad_sidecar']);
});
