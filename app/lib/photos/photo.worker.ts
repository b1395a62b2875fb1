// One worker of the pool that takes photos in: copies them onto the device, and develops what was copied.
import { expose, transfer } from 'comlink';
import { createSHA256 } from 'hash-wasm';
import { sha256Hex } from '#shared/bytes.ts';
import { writeSidecar } from '#shared/faces/sidecar.ts';
import { renditions } from '#shared/files/kinds.ts';
import { photoIdOf } from '#shared/photos/identity.ts';
import { jpegEnds, readDimensions } from '#shared/photos/dimensions.ts';
import { type PhotoType, sniffPhotoType } from '#shared/photos/format.ts';
import { MAX_FILE_BYTES, MAX_PIXELS } from '#shared/photos/limits.ts';
import { findPreview } from '#shared/photos/preview.ts';
import { piecesOf, readFile, writeFile } from '../device/files.ts';
import { type FaceEngine, loadFaceEngine } from '../faces/pipeline.ts';
import { type Decoded, decodePhoto, encodeWebp } from './decode.ts';
import { readMetadata } from './metadata.ts';

/** Why a file is not taken; the page has the words. */
export type RefusalCode = 'empty' | 'too_large' | 'not_a_photo' | 'too_many_pixels' | 'unreadable';

export type CopyResult =
	| { kind: 'refused'; code: RefusalCode }
	| { kind: 'known'; sha256: string }
	| { kind: 'copied'; sha256: string; type: PhotoType };

/** A rendition that was made and written. */
export interface MadeFile {
	sha256: string;
	size: number;
}

export interface Developed {
	width: number;
	height: number;
	orientation: number;
	takenAt: string | null;
	camera: string | null;
	preview: 'full' | 'embedded' | 'none';
	damaged: boolean;
	thumb: MadeFile | null;
	web: MadeFile | null;
	/** null: no picture to look at, or the models could not be loaded (`facesPending`) */
	sidecar: SidecarFile | null;
	facesPending: boolean;
}

export interface SidecarFile {
	bytes: Uint8Array<ArrayBuffer>;
	sha256: string;
	faces: number;
}

/** The longest side at which a photo is decoded for faces and renditions, pixels. */
const WORKING_SIDE = 3000;
/** Larger files are hashed piece by piece instead of in memory. */
const IN_MEMORY_BYTES = 64 * 1024 ** 2;
/** Enough for what a JPEG says of itself before its data. */
const HEAD_BYTES = 1024 ** 2;

async function hashOf(file: Blob): Promise<string> {
	if (file.size <= IN_MEMORY_BYTES) return sha256Hex(new Uint8Array(await file.arrayBuffer()));
	const hash = await createSHA256();
	for await (const piece of piecesOf(file)) hash.update(piece);
	return hash.digest('hex');
}

async function make(
	person: string,
	area: 'thumb' | 'web',
	photo: string,
	image: ImageBitmap
): Promise<MadeFile> {
	const { side, quality } = renditions[area];
	const blob = await encodeWebp(image, side, quality);
	const bytes = new Uint8Array(await blob.arrayBuffer());
	await writeFile(person, area, photo, [bytes]);
	return { sha256: await hashOf(blob), size: blob.size };
}

let engine: Promise<FaceEngine> | null = null;

/** Loads the models once; a failure (no network at the first use) is tried again with the next photo. */
function faceEngine(): Promise<FaceEngine> {
	engine ??= loadFaceEngine().catch((error: unknown) => {
		engine = null;
		throw error;
	});
	return engine;
}

async function sidecarOf(
	loaded: FaceEngine,
	image: ImageBitmap,
	originalSide: number
): Promise<SidecarFile> {
	const faces = await loaded.find(image, originalSide);
	const bytes = writeSidecar({ model: loaded.model.id, faces }, loaded.model.dimensions);
	return { bytes, sha256: await sha256Hex(bytes), faces: faces.length };
}

/** What can be looked at in a file: itself, or the preview inside it. */
async function pictureOf(
	file: File,
	type: PhotoType
): Promise<{ blob: Blob; type: string; preview: Developed['preview'] }> {
	if (type !== 'image/x-raw' && type !== 'image/heic') return { blob: file, type, preview: 'full' };
	const preview = findPreview(new Uint8Array(await file.arrayBuffer()));
	if (!preview) return { blob: file, type, preview: 'none' };
	return {
		blob: file.slice(preview.start, preview.end, 'image/jpeg'),
		type: 'image/jpeg',
		preview: 'embedded'
	};
}

const api = {
	/** Loads the models before the first photo needs them. */
	async warm(): Promise<void> {
		await faceEngine();
	},

	/**
	 * Hashes a file and copies it onto the device, unless it is refused or its content is known.
	 * @param isKnown whether a content is here already
	 * @throws DOMException QuotaExceededError when the device is full, NotReadableError when the file vanished
	 */
	async copy(
		person: string,
		file: File,
		isKnown: (sha256: string) => Promise<boolean>
	): Promise<CopyResult> {
		if (file.size === 0) return { kind: 'refused', code: 'empty' };
		if (file.size > MAX_FILE_BYTES) return { kind: 'refused', code: 'too_large' };
		const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
		const type = sniffPhotoType(head);
		if (!type) return { kind: 'refused', code: 'not_a_photo' };
		const size = readDimensions(head, type);
		if (size && size.width * size.height > MAX_PIXELS)
			return { kind: 'refused', code: 'too_many_pixels' };
		const sha256 = await hashOf(file);
		if (await isKnown(sha256)) return { kind: 'known', sha256 };
		await writeFile(person, 'originals', sha256, piecesOf(file));
		return { kind: 'copied', sha256, type };
	},

	/** Makes thumbnail, web size and face sidecar of a copied photo. */
	async develop(person: string, sha256: string, type: PhotoType): Promise<Developed> {
		const file = await readFile(person, 'originals', sha256);
		if (!file) throw new DOMException('The copy is gone.', 'NotFoundError');
		const photo = photoIdOf(sha256);
		const needsWhole = type !== 'image/jpeg';
		const head = await (
			needsWhole && file.size <= 512 * 1024 ** 2 ? file : file.slice(0, HEAD_BYTES)
		).arrayBuffer();
		const metadata = readMetadata(head);
		const picture = await pictureOf(file, type);
		const tail = new Uint8Array(await picture.blob.slice(-128 * 1024).arrayBuffer());
		const isCut = picture.type === 'image/jpeg' && !jpegEnds(tail);
		const stored = readDimensions(
			new Uint8Array(await picture.blob.slice(0, HEAD_BYTES).arrayBuffer()),
			picture.type
		);
		// A preview inside another file carries no orientation of its own.
		const orientation = metadata.orientation;
		let decoded: Decoded | null = null;
		if (picture.preview !== 'none')
			decoded = await decodePhoto(
				picture.blob,
				picture.type,
				stored,
				orientation,
				WORKING_SIDE
			).catch(() => null);
		const nothing = { thumb: null, web: null, sidecar: null, facesPending: false };
		if (!decoded)
			return {
				...metadata,
				width: stored?.width ?? 0,
				height: stored?.height ?? 0,
				preview: 'none',
				damaged: picture.preview !== 'none',
				...nothing
			};
		const { image, width, height } = decoded;
		try {
			const [thumb, web] = [
				await make(person, 'thumb', photo, image),
				await make(person, 'web', photo, image)
			];
			const loaded = await faceEngine().catch(() => null);
			const sidecar = loaded && (await sidecarOf(loaded, image, Math.max(width, height)));
			return {
				...metadata,
				width,
				height,
				preview: picture.preview,
				damaged: isCut || decoded.isPartial,
				thumb,
				web,
				sidecar: sidecar && transfer(sidecar, [sidecar.bytes.buffer]),
				facesPending: sidecar === null
			};
		} finally {
			image.close();
		}
	}
};

export type PhotoWorker = typeof api;
expose(api);
