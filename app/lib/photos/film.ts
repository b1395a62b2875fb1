// The one place that knows mediabunny: what films say of themselves, and a frame to know them by. Runs in workers.
import { BlobSource, CanvasSink, Input, MATROSKA, MP4, MPEG_TS, QTFF, WEBM } from 'mediabunny';
import { readerOf } from '#shared/photos/boxes.ts';
import { clockOf, describedBy, filmSays, placeOf } from '#shared/photos/film.ts';
import type { FilmType } from '#shared/photos/format.ts';
import { MAX_SIDE } from '#shared/photos/limits.ts';
import type { Decoded } from './decode.ts';
import { type Metadata, readMetadata, saysNothing } from './metadata.ts';
import { fit } from './pyramid.ts';

export interface FilmLook {
	said: Metadata;
	/** pixels as shown; null: unknown */
	stored: { width: number; height: number } | null;
	/** seconds; null: unknown */
	duration: number | null;
	/** one frame; null: none can be decoded here */
	decoded: Decoded | null;
	/** it should be readable and is not */
	isDamaged: boolean;
}

const formats = [MP4, QTFF, WEBM, MATROSKA, MPEG_TS];
/** Where a frame is taken, as parts of the film: the first that is not dark counts. */
const PLACES = [0.1, 0.3, 0.5, 0.8];
/** A frame is dark below this mean of 0 to 255. */
const DARK = 20;
/** A decoder that says nothing for so long says nothing at all, ms. */
const PATIENCE_MS = 20_000;

/** @throws Error after a while */
const withPatience = <T>(work: Promise<T>): Promise<T> => {
	let timer: ReturnType<typeof setTimeout>;
	const tired = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error('The film does not answer.')), PATIENCE_MS);
	});
	return Promise.race([work, tired]).finally(() => clearTimeout(timer));
};

/** Mean of red, green and blue of a small copy. */
function brightness(canvas: OffscreenCanvas | HTMLCanvasElement): number {
	const small = new OffscreenCanvas(16, 16);
	const context = small.getContext('2d', { willReadFrequently: true })!;
	context.drawImage(canvas, 0, 0, 16, 16);
	const { data } = context.getImageData(0, 0, 16, 16);
	let sum = 0;
	for (let i = 0; i < data.length; i += 4) sum += data[i]! + data[i + 1]! + data[i + 2]!;
	return sum / (16 * 16 * 3);
}

type Track = NonNullable<Awaited<ReturnType<Input['getPrimaryVideoTrack']>>>;

/** The first frame that is not dark, else the brightest. */
async function frameOf(
	track: Track,
	size: { width: number; height: number },
	start: number,
	duration: number,
	side: number
): Promise<ImageBitmap | null> {
	if (!(await track.canDecode())) return null;
	const [width, height] = fit(size.width, size.height, side);
	const sink = new CanvasSink(track, { width, height, fit: 'fill' });
	let best: { image: ImageBitmap; light: number } | null = null;
	for (const place of PLACES) {
		const found = await sink.getCanvas(start + duration * place).catch(() => null);
		if (!found) continue;
		const light = brightness(found.canvas);
		if (best && light <= best.light) continue;
		best?.image.close();
		best = { image: await createImageBitmap(found.canvas), light };
		if (light >= DARK) break;
	}
	return best?.image ?? null;
}

/** A clock of the header is Coordinated Universal Time on phones; cameras write what they show. */
function inThisZone(made: string | null): string | null {
	if (!made) return null;
	const at = new Date(`${made}Z`);
	return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

async function saidBy(file: Blob, raw: Record<string, unknown>): Promise<Metadata> {
	const text = (key: string) => {
		const value = raw[key];
		return typeof value === 'string' ? value.trim().toWellFormed() : undefined;
	};
	const { made, description, thumbnail } = await filmSays(readerOf(file), file.size);
	const canon = thumbnail ? readMetadata(thumbnail.buffer) : saysNothing;
	const sony = description ? describedBy(description) : null;
	const isPhone = Object.keys(raw).some((key) => key.startsWith('com.android.'));
	const maker = text('com.apple.quicktime.make') ?? text('com.android.manufacturer') ?? '';
	const model = text('com.apple.quicktime.model') ?? text('com.android.model') ?? '';
	const camera = `${maker} ${model}`.trim() || sony?.camera || canon.camera;
	return {
		...canon,
		// the frame is upright already
		orientation: 1,
		takenAt:
			clockOf(text('com.apple.quicktime.creationdate')) ??
			sony?.takenAt ??
			canon.takenAt ??
			(isPhone ? inThisZone(made) : made),
		camera: camera?.slice(0, 120).toWellFormed() ?? null,
		serial: sony?.serial ?? canon.serial,
		gps: placeOf(text('com.apple.quicktime.location.ISO6709') ?? text('©xyz')) ?? canon.gps
	};
}

/** Whether these are pixels of a film. */
const isSize = (width: number, height: number) =>
	[width, height].every((side) => Number.isInteger(side) && side > 0 && side <= MAX_SIDE);

/** What a film says of itself, without its frames. */
export async function readFilmFacts(file: Blob): Promise<Metadata> {
	const input = new Input({ source: new BlobSource(file), formats });
	try {
		return await withPatience(
			input
				.getMetadataTags()
				.catch(() => null)
				.then((tags) => saidBy(file, tags?.raw ?? {}))
		);
	} catch {
		return saysNothing;
	} finally {
		input.dispose();
	}
}

/**
 * Reads what a film says of itself and decodes one frame of it. A film that nobody can read is kept all the same.
 * @param side longest side of the frame, pixels
 */
export async function lookIntoFilm(file: Blob, type: FilmType, side: number): Promise<FilmLook> {
	const look: FilmLook = {
		said: await readFilmFacts(file),
		stored: null,
		duration: null,
		decoded: null,
		isDamaged: false
	};
	// no library of ours reads these
	if (type === 'video/x-msvideo') return look;
	const input = new Input({ source: new BlobSource(file), formats });
	try {
		const track = await withPatience(input.getPrimaryVideoTrack());
		if (!track) return { ...look, isDamaged: true };
		const [width, height] = [
			Math.round(await track.getDisplayWidth()),
			Math.round(await track.getDisplayHeight())
		];
		if (!isSize(width, height)) return { ...look, isDamaged: true };
		look.stored = { width, height };
		const start = await withPatience(input.getFirstTimestamp([track]));
		// some have to be read to their end for it
		const end = await withPatience(input.computeDuration()).catch(() => start);
		const duration = Math.max(0, end - start);
		if (duration > 0 && duration <= 1_000_000) look.duration = Math.round(duration * 100) / 100;
		const image = await withPatience(frameOf(track, look.stored, start, duration, side));
		look.decoded = image && { image, width, height, isPartial: false };
	} catch {
		// what could be read of it counts
		look.isDamaged = look.stored === null;
	} finally {
		input.dispose();
	}
	return look;
}
