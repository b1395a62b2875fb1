// What can be looked at in a photo's file: itself, or the preview inside it. Runs in workers.
import { readDimensions } from '#shared/photos/dimensions.ts';
import { type FilmType, type PhotoType, isFilm } from '#shared/photos/format.ts';
import { type EmbeddedJpeg, findPreview } from '#shared/photos/preview.ts';
import { readerOf } from '#shared/photos/boxes.ts';
import { locatePreview } from '#shared/photos/raw.ts';
import { type Decoded, decodePhoto } from './decode.ts';
import type { FilmLook } from './film.ts';
import { type Metadata, readFacts, saysNothing } from './metadata.ts';

export interface Look {
	said: Metadata;
	/** pixels of what was tried, as stored; null: unknown */
	stored: { width: number; height: number } | null;
	/** null: nothing in it can be decoded here */
	decoded: Decoded | null;
	/** what was decoded, or tried; 'none': there is nothing to try */
	preview: 'full' | 'embedded' | 'none';
	/** the bytes that were tried, for what is said of their end */
	bytes: Uint8Array<ArrayBuffer>;
	/** their format */
	type: string;
	/** of a film, seconds */
	duration?: number | null;
}

const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());

/** By what the container says, and where that is not so by walking through the whole file. */
const previewOf = async (file: Blob): Promise<EmbeddedJpeg | null> =>
	(await locatePreview(readerOf(file), file.size)) ?? findPreview(await bytesOf(file));

/** How films are looked into, where they are: what reads them is large. */
export type LookIntoFilm = (file: Blob, type: FilmType, side: number) => Promise<FilmLook>;

/** Of a film, one frame. */
async function lookAtFrame(
	file: Blob,
	type: FilmType,
	side: number,
	lookIntoFilm: LookIntoFilm
): Promise<Look> {
	const { isDamaged, ...look } = await lookIntoFilm(file, type, side);
	const preview = look.decoded ? 'embedded' : isDamaged ? 'full' : 'none';
	return { ...look, preview, bytes: new Uint8Array(), type };
}

/**
 * Decodes a file, or the preview in it, no larger than is asked for.
 * @param side longest side, pixels
 * @param lookIntoFilm absent: of films nothing is seen
 */
export async function lookInto(
	file: Blob,
	type: PhotoType,
	side: number,
	lookIntoFilm?: LookIntoFilm
): Promise<Look> {
	if (isFilm(type))
		return lookIntoFilm
			? lookAtFrame(file, type, side, lookIntoFilm)
			: {
					...{ said: saysNothing, stored: null, decoded: null },
					...{ preview: 'none', bytes: new Uint8Array(), type }
				};
	if (type !== 'image/x-raw') {
		const bytes = await bytesOf(file);
		const said = await readFacts(file, type);
		const stored = readDimensions(bytes, type);
		const decoded = await decodePhoto(bytes, type, stored, said.orientation, side).catch(
			() => null
		);
		// HEIC: where the browser has no decoder, there may be a JPEG in it
		if (decoded || type !== 'image/heic')
			return { said, stored, decoded, preview: 'full', bytes, type };
	}
	const preview = await previewOf(file);
	const said = await readFacts(file, type, preview);
	if (!preview)
		return { said, stored: null, decoded: null, preview: 'none', bytes: new Uint8Array(), type };
	const bytes = await bytesOf(file.slice(preview.start, preview.end));
	const decoded = await decodePhoto(
		bytes,
		'image/jpeg',
		preview,
		said.orientation,
		side,
		true
	).catch(() => null);
	return { said, stored: preview, decoded, preview: 'embedded', bytes, type: 'image/jpeg' };
}
