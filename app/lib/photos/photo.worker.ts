// One worker of the pool that develops photos: makes sizes and faces of what was copied onto this device.
import { expose, transfer } from 'comlink';
import { sha256Hex } from '#shared/bytes.ts';
import { type Embedder, defaultEmbedder } from '#shared/faces/models.ts';
import { writeSidecar } from '#shared/faces/sidecar.ts';
import { renditions } from '#shared/files/kinds.ts';
import { photoIdOf } from '#shared/photos/identity.ts';
import { jpegEnds } from '#shared/photos/dimensions.ts';
import { type PhotoType, isFilm } from '#shared/photos/format.ts';
import { xmpIn } from '#shared/photos/jpeg-xmp.ts';
import type { XmpSaid } from '#shared/photos/xmp.ts';
import type { Exif, PhotoFacts } from '#shared/photos/photo.ts';
import { readFile, writeFile } from '../device/files.ts';
import { withGraphics } from '../device/graphics.ts';
import { Part } from '../device/parts.ts';
import { type FaceEngine, loadFaceEngine } from '../faces/pipeline.ts';
import { type Look, type LookIntoFilm, lookInto } from './picture-of.ts';
import { type Pyramid, pyramidOf } from './pyramid.ts';
import { encodeWebp, warmWebp } from './webp.ts';

/** A rendition that was made and written. */
export interface MadeFile {
	sha256: string;
	size: number;
}

/** What is known of a photo once it is decoded, before faces are looked for. */
export interface Looked {
	width: number;
	height: number;
	orientation: number;
	takenAt: string | null;
	camera: string | null;
	cameraId: string | null;
	exif: Exif | null;
	gps: PhotoFacts['gps'] | null;
	/** of a film, seconds */
	duration: number | null;
	/** what the file itself says of the photo: ratings of cameras, captions of other programs */
	inside: XmpSaid;
	preview: 'full' | 'embedded' | 'none';
	damaged: boolean;
	thumb: MadeFile | null;
}

/** What takes longer. */
export interface Developed {
	web: MadeFile | null;
	/** null: no picture to look at, a film, or the models are not here (`facesPending`) */
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

/** What reads films is loaded with the first of them. */
const lookIntoFilm: LookIntoFilm = async (...film) =>
	(await import('./film.ts')).lookIntoFilm(...film);

/**
 * How long photos wait for models since they began to be loaded, milliseconds; less where others wait for this worker. Over a slow
 * network they go on without, and faces are looked for later.
 */
const MODELS_MS = { alone: 60_000, inRow: 10_000 };

const engines = new Map<string, { engine: Part<FaceEngine>; since: number }>();

function engineOf(model: Embedder) {
	const known = engines.get(model.id);
	if (known) return known;
	const made = { engine: new Part(() => loadFaceEngine(model)), since: Date.now() };
	engines.set(model.id, made);
	return made;
}

/** A photo that was copied onto this device. */
export interface Copied {
	sha256: string;
	type: PhotoType;
	/** only its faces are still to be looked for */
	isEntered: boolean;
	/** other photos wait to be developed */
	isInRow: boolean;
}

/** The photo that was looked at and is to be developed. */
let current: (Copied & { person: string; photo: string; side: number; pyramid: Pyramid }) | null =
	null;

/** With the application's own where the studio's cannot be loaded: the server makes them anew. @returns null: nor can that */
const anyEngine = (model: Embedder): Promise<FaceEngine | null> =>
	engineOf(model)
		.engine.get()
		.catch(() => (model.id === defaultEmbedder.id ? null : anyEngine(defaultEmbedder)));

/**
 * The same, for a photo that does not wait for long. What could not be loaded is not tried again by each photo: over a network
 * that breaks, each attempt costs what had come.
 */
async function soonEngine(model: Embedder, patience: number): Promise<FaceEngine | null> {
	const isKnown = engines.has(model.id);
	const { engine, since } = engineOf(model);
	if (isKnown && !engine.isAskedFor)
		return model.id === defaultEmbedder.id ? null : soonEngine(defaultEmbedder, patience);
	const left = since + patience - Date.now();
	const tooLate = new Promise<null>((resolve) => setTimeout(() => resolve(null), left));
	return Promise.race([anyEngine(model), tooLate]);
}

async function sidecarOf(
	loaded: FaceEngine,
	photo: Pyramid,
	originalSide: number
): Promise<SidecarFile> {
	const faces = await loaded.find(photo, originalSide);
	const bytes = writeSidecar({ model: loaded.model.id, faces }, loaded.model.dimensions);
	return { bytes, sha256: await sha256Hex(bytes), faces: faces.length };
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

/** What programs and cameras wrote into the file itself. */
async function saidInside({ bytes, type, said: { rights } }: Look): Promise<XmpSaid> {
	const packet = type === 'image/jpeg' ? xmpIn(bytes) : null;
	let found: XmpSaid = {};
	try {
		if (packet) found = (await import('./xmp.ts')).readXmp(packet);
	} catch {
		// what is no XMP says nothing
	}
	const all = { ...rights, ...found.rights };
	return { ...found, ...(Object.keys(all).length > 0 ? { rights: all } : {}) };
}

async function look(person: string, workspace: string, copied: Copied): Promise<Looked> {
	const { sha256, type, isEntered } = copied;
	current?.pyramid.image.close();
	current = null;
	const file = await readFile(person, 'originals', sha256);
	if (!file) throw new DOMException('The copy is gone.', 'NotFoundError');
	const photo = photoIdOf(sha256);
	const looked = await lookInto(file, type, WORKING_SIDE, lookIntoFilm);
	const { stored, decoded, preview } = looked;
	const { serial, rights: _, ...said } = looked.said;
	const metadata = {
		...said,
		duration: looked.duration ?? null,
		inside: await saidInside(looked),
		cameraId: await cameraIdOf(workspace, said.camera, serial)
	};
	const isCut = looked.type === 'image/jpeg' && !jpegEnds(looked.bytes.subarray(-TAIL_BYTES));
	if (!decoded)
		return {
			...metadata,
			width: stored?.width ?? 0,
			height: stored?.height ?? 0,
			preview: 'none',
			damaged: preview !== 'none',
			thumb: null
		};
	const { image, width, height } = decoded;
	const pyramid = pyramidOf(image);
	current = { ...copied, person, photo, side: Math.max(width, height), pyramid };
	return {
		...metadata,
		width,
		height,
		preview,
		damaged: isCut || decoded.isPartial,
		// that of an earlier time may just be being sent
		thumb: isEntered
			? null
			: await make(person, 'thumb', photo, pyramid.ofSide(renditions.thumb.side))
	};
}

async function develop(model: Embedder | null): Promise<Developed> {
	if (!current) return { web: null, sidecar: null, facesPending: false };
	const { person, photo, type, side, pyramid, isEntered, isInRow } = current;
	try {
		const web = isEntered
			? null
			: await make(person, 'web', photo, pyramid.ofSide(renditions.web.side));
		// one frame tells little of who is in a film
		const wanted = isFilm(type) ? null : model;
		const patience = isInRow ? MODELS_MS.inRow : MODELS_MS.alone;
		const loaded = wanted && (await soonEngine(wanted, patience));
		const sidecar = loaded && (await sidecarOf(loaded, pyramid, side));
		return {
			web,
			sidecar: sidecar && transfer(sidecar, [sidecar.bytes.buffer]),
			facesPending: sidecar === null && wanted !== null
		};
	} finally {
		pyramid.image.close();
		current = null;
	}
}

const api = {
	/** Loads the models before the first photo needs them, or once more. @returns whether they are here */
	async warm(model: Embedder): Promise<boolean> {
		const [engine] = await Promise.all([anyEngine(model), warmWebp().catch(() => undefined)]);
		return engine !== null;
	},

	/**
	 * Decodes a copied photo and makes its thumbnail; `develop` does the rest of the same photo.
	 * @param workspace where the photo belongs
	 */
	look: (person: string, workspace: string, copied: Copied): Promise<Looked> =>
		withGraphics(() => look(person, workspace, copied)),

	/**
	 * Makes web size and face sidecar of the photo that was looked at.
	 * @param model what faces are found with; null: none are looked for
	 */
	develop: (model: Embedder | null): Promise<Developed> => withGraphics(() => develop(model))
};

export type PhotoWorker = typeof api;
expose(api);
