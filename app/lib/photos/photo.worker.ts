// One worker of the pool that develops photos: makes sizes and faces of what was copied onto this device.
import { expose, transfer } from 'comlink';
import { sha256Hex } from '#shared/bytes.ts';
import { type Embedder, defaultEmbedder } from '#shared/faces/models.ts';
import { writeSidecar } from '#shared/faces/sidecar.ts';
import { renditions } from '#shared/files/kinds.ts';
import { photoIdOf } from '#shared/photos/identity.ts';
import { jpegEnds, readDimensions } from '#shared/photos/dimensions.ts';
import type { PhotoType } from '#shared/photos/format.ts';
import type { Exif, PhotoFacts } from '#shared/photos/photo.ts';
import { findPreview } from '#shared/photos/preview.ts';
import { readFile, writeFile } from '../device/files.ts';
import { type FaceEngine, loadFaceEngine } from '../faces/pipeline.ts';
import { type Decoded, decodePhoto } from './decode.ts';
import { readMetadata } from './metadata.ts';
import { type Pyramid, pyramidOf } from './pyramid.ts';
import { encodeWebp, warmWebp } from './webp.ts';

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
	cameraId: string | null;
	exif: Exif | null;
	gps: PhotoFacts['gps'] | null;
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
/** Enough for what a JPEG says of itself before its data. */
const HEAD_BYTES = 1024 ** 2;
/** How far from its end a JPEG's end marker is looked for: cameras write previews behind it. */
const TAIL_BYTES = 128 * 1024;

async function make(
	person: string,
	area: 'thumb' | 'web',
	photo: string,
	canvas: OffscreenCanvas
): Promise<MadeFile> {
	const bytes = await encodeWebp(canvas, renditions[area].quality);
	await writeFile(person, area, photo, [bytes]);
	return { sha256: await sha256Hex(bytes), size: bytes.length };
}

const engines = new Map<string, Promise<FaceEngine>>();

/** Loads the models once; a failure (no network at the first use) is tried again with the next photo. */
function faceEngine(model: Embedder): Promise<FaceEngine> {
	const loading =
		engines.get(model.id) ??
		loadFaceEngine(model).catch((error: unknown) => {
			engines.delete(model.id);
			throw error;
		});
	engines.set(model.id, loading);
	return loading;
}

/** With the application's own where the studio's cannot be loaded: the server makes them anew. @returns null: nor can that */
const anyEngine = (model: Embedder): Promise<FaceEngine | null> =>
	faceEngine(model)
		.catch(() => faceEngine(defaultEmbedder))
		.catch(() => null);

async function sidecarOf(
	loaded: FaceEngine,
	photo: Pyramid,
	originalSide: number
): Promise<SidecarFile> {
	const faces = await loaded.find(photo, originalSide);
	const bytes = writeSidecar({ model: loaded.model.id, faces }, loaded.model.dimensions);
	return { bytes, sha256: await sha256Hex(bytes), faces: faces.length };
}

/** What can be looked at in a file: itself, or the preview inside it. */
function pictureOf(
	bytes: Uint8Array<ArrayBuffer>,
	type: PhotoType
): { bytes: Uint8Array<ArrayBuffer>; type: string; preview: Developed['preview'] } {
	if (type !== 'image/x-raw' && type !== 'image/heic') return { bytes, type, preview: 'full' };
	const preview = findPreview(bytes);
	if (!preview) return { bytes, type, preview: 'none' };
	const { start, end } = preview;
	return { bytes: bytes.slice(start, end), type: 'image/jpeg', preview: 'embedded' };
}

/** Tells bodies apart without keeping their serial numbers, and differently in each workspace. */
async function cameraIdOf(
	workspace: string,
	camera: string | null,
	serial: string | null
): Promise<string | null> {
	if (!serial || /^0*$/.test(serial)) return null;
	const text = new TextEncoder().encode(`${workspace}/${camera ?? ''}/${serial}`);
	return (await sha256Hex(text)).slice(0, 12);
}

const api = {
	/** Loads the models before the first photo needs them. */
	async warm(model: Embedder): Promise<void> {
		await Promise.all([anyEngine(model), warmWebp()]);
	},

	/**
	 * Makes thumbnail, web size and face sidecar of a copied photo.
	 * @param workspace where the photo belongs
	 * @param model what faces are found with; null: none are looked for
	 */
	async develop(
		person: string,
		workspace: string,
		sha256: string,
		type: PhotoType,
		model: Embedder | null
	): Promise<Developed> {
		const file = await readFile(person, 'originals', sha256);
		if (!file) throw new DOMException('The copy is gone.', 'NotFoundError');
		const photo = photoIdOf(sha256);
		const bytes = new Uint8Array(await file.arrayBuffer());
		const { serial, ...said } = readMetadata(
			(type === 'image/jpeg' ? bytes.slice(0, HEAD_BYTES) : bytes).buffer
		);
		const metadata = { ...said, cameraId: await cameraIdOf(workspace, said.camera, serial) };
		const picture = pictureOf(bytes, type);
		const isCut = picture.type === 'image/jpeg' && !jpegEnds(picture.bytes.subarray(-TAIL_BYTES));
		const stored = readDimensions(picture.bytes, picture.type);
		// A preview inside another file carries no orientation of its own.
		const orientation = metadata.orientation;
		let decoded: Decoded | null = null;
		if (picture.preview !== 'none')
			decoded = await decodePhoto(
				picture.bytes,
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
			const pyramid = pyramidOf(image);
			const web = await make(person, 'web', photo, pyramid.ofSide(renditions.web.side));
			const thumb = await make(person, 'thumb', photo, pyramid.ofSide(renditions.thumb.side));
			const loaded = model && (await anyEngine(model));
			const sidecar = loaded && (await sidecarOf(loaded, pyramid, Math.max(width, height)));
			return {
				...metadata,
				width,
				height,
				preview: picture.preview,
				damaged: isCut || decoded.isPartial,
				thumb,
				web,
				sidecar: sidecar && transfer(sidecar, [sidecar.bytes.buffer]),
				facesPending: sidecar === null && model !== null
			};
		} finally {
			image.close();
		}
	}
};

export type PhotoWorker = typeof api;
expose(api);
