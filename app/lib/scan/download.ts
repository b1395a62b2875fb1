import type { ScanMatch } from '#shared/scan.ts';
import { type Fetched, fetchFile } from '../files/fetch.ts';
import { safeFileName } from '#shared/photos/names.ts';

/** Hands bytes to the browser's downloads. */
export function save(blob: Blob, name: string): void {
	const link = document.createElement('a');
	link.href = URL.createObjectURL(blob);
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The original where the server has it, else the web size. */
const bestOf = ({ original, full, size }: ScanMatch) => (size === null ? full : original);

async function fetchPhoto(match: ScanMatch): Promise<Fetched> {
	const fetched = await fetchFile(bestOf(match), true).catch(() => null);
	if (!fetched) throw new Error('A photo could not be loaded. Check the network and try again.');
	return fetched;
}

/** A name that says what is in the file: the studio may give another format than was taken. */
const nameOf = ({ name }: ScanMatch, { headers }: Fetched) =>
	headers.get('content-type') === 'image/webp' && !/\.webp$/i.test(name)
		? name.replace(/\.\w+$/, '') + '.webp'
		: name;

/**
 * Downloads photos: one as it is, several as a ZIP that is made while they arrive.
 * @param onPhoto told how many have arrived
 */
export async function downloadPhotos(
	matches: ScanMatch[],
	archive: string,
	onPhoto: (arrived: number) => void
): Promise<void> {
	const [only] = matches;
	if (only && matches.length === 1) {
		const photo = await fetchPhoto(only);
		save(photo.blob, safeFileName(nameOf(only, photo)));
		onPhoto(1);
		return;
	}
	const { downloadZip } = await import('client-zip');
	const taken = new Set<string>();
	async function* entries() {
		for (const [i, match] of matches.entries()) {
			const photo = await fetchPhoto(match);
			yield { name: safeFileName(nameOf(match, photo), taken), input: photo.blob };
			onPhoto(i + 1);
		}
	}
	save(await downloadZip(entries()).blob(), safeFileName(`${archive}.zip`));
}
