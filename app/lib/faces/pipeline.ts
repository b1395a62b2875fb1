// From a decoded photo to its faces: detect, align, embed. Runs in workers.
import { type Detection, INPUT_SIDE } from '#shared/faces/blazeface.ts';
import { type Embed, embedWith } from '#shared/faces/embed.ts';
import { TILED_ABOVE, type Tile, newAmong, suppress, tilesOf } from '#shared/faces/geometry.ts';
import { type Embedder, portableDetector } from '#shared/faces/models.ts';
import { brightnessOf, qualityOf, sharpnessOf, turnOf } from '#shared/faces/quality.ts';
import type { Face } from '#shared/faces/sidecar.ts';
import type { Pyramid } from '../photos/pyramid.ts';
import { alignedFaces } from './aligned.ts';
import { type Detect, loadDetector } from './detector.ts';
import { loadNetwork } from './engine.ts';
import { portableDetect } from './portable-detector.ts';

/** The longest side of the picture that the detector is given for one part of a photo: twice its own input. */
const PART_SIDE = 384;

export interface FaceEngine {
	model: Embedder;
	/** Only the boxes: for guidance in front of a camera. Pixels of the image. */
	detect: Detect;
	/**
	 * Finds and embeds all faces of a photo.
	 * @param originalSide the longest side of the original, in pixels, for judging sizes
	 */
	find(photo: Pyramid, originalSide: number): Promise<FoundFace[]>;
}

/** A face with how bright its picture is, [0, 1]. */
export type FoundFace = Face & { brightness: number };

const engineOf = (model: Embedder, detect: Detect, embed: Embed): FaceEngine => ({
	model,
	detect,
	find: (photo, originalSide) => findFaces(photo, originalSide, { model, detect, embed })
});

/** Loads both models, for many photos. @param threads of the embedding engine */
export async function loadFaceEngine(model: Embedder, threads = 1): Promise<FaceEngine> {
	const [detect, network] = await Promise.all([loadDetector(), loadNetwork(model, threads)]);
	return engineOf(model, detect, embedWith(network, model));
}

/** Loads both models with one engine for both: for one picture, over a network that costs. */
export async function loadPortableFaceEngine(model: Embedder, threads = 1): Promise<FaceEngine> {
	const [detector, network] = await Promise.all([
		loadNetwork(portableDetector, threads, 'portable'),
		loadNetwork(model, threads, 'portable')
	]);
	return engineOf(model, portableDetect(detector), embedWith(network, model));
}

function scaled(photo: Pyramid, part: Tile): { canvas: OffscreenCanvas; scale: number } {
	const scale = Math.min(1, PART_SIDE / Math.max(part.width, part.height));
	const canvas = new OffscreenCanvas(
		Math.round(part.width * scale),
		Math.round(part.height * scale)
	);
	const context = canvas.getContext('2d')!;
	context.imageSmoothingQuality = 'low';
	const { source, scale: made } = photo.atLeast(scale);
	context.drawImage(
		source,
		part.x * made,
		part.y * made,
		part.width * made,
		part.height * made,
		0,
		0,
		canvas.width,
		canvas.height
	);
	return { canvas, scale };
}

/** Detections in one part of a photo, in pixels of the image. */
async function detectPart(photo: Pyramid, part: Tile, detect: Detect): Promise<Detection[]> {
	const { image } = photo;
	const { canvas, scale } = scaled(photo, part);
	const border = 0.01 * Math.min(part.width, part.height);
	const seen = await detect(canvas);
	return seen.flatMap(({ box, landmarks, score }): Detection[] => {
		const moved = {
			x: box.x / scale + part.x,
			y: box.y / scale + part.y,
			width: box.width / scale,
			height: box.height / scale
		};
		// A face cut by an inner border is seen whole by a neighbour; its half would be a face of its own.
		const isCut =
			(part.x > 0 && moved.x < part.x + border) ||
			(part.y > 0 && moved.y < part.y + border) ||
			(part.x + part.width < image.width && moved.x + moved.width > part.x + part.width - border) ||
			(part.y + part.height < image.height &&
				moved.y + moved.height > part.y + part.height - border);
		if (isCut) return [];
		const shift = [part.x, part.y];
		return [
			{ box: moved, landmarks: landmarks.map((value, i) => value / scale + shift[i % 2]!), score }
		];
	});
}

/** Parts along a side, from coarse to fine; a part is not smaller than what the detector takes. */
const LEVELS = [4, 8, 16];
/** In small parts hands and cloth look like faces now and then: only one that is surer than that is a reason to go on. */
const SURE = 0.65;
/** What is found once there was a reason. Both measured in tests/bench/detection. */
const FINE_SCORE = 0.53;
/** A face this many times the smallest that a level finds for certain may have smaller ones beside it. */
const NEAR_LIMIT = 1.3;

/**
 * Detections of the whole and of its parts, merged, in pixels of the image. Large photos are looked at in smaller and smaller
 * parts for as long as there is reason to: faces at the limit of what was seen, or a new one in some parts of the middle, which are
 * looked at first. Most photos need no more than these.
 */
async function detectAll(photo: Pyramid, detect: Detect): Promise<Detection[]> {
	const { width, height } = photo.image;
	const isLarge = width * height > TILED_ABOVE;
	const coarse = isLarge ? tilesOf(width, height, 2) : [];
	const found: Detection[] = [];
	for (const part of [{ x: 0, y: 0, width, height }, ...coarse])
		found.push(...(await detectPart(photo, part, detect)));
	let kept = suppress(found);
	if (!isLarge) return kept;
	let limit = smallestIn(coarse[0]!);
	for (const n of LEVELS) {
		const parts = tilesOf(width, height, n);
		if (Math.max(parts[0]!.width, parts[0]!.height) < INPUT_SIDE) break;
		const seen = new Map<Tile, Detection[]>();
		const lookAt = async (part: Tile) => {
			if (!seen.has(part)) seen.set(part, await detectPart(photo, part, detect));
			return newAmong(seen.get(part)!, kept);
		};
		let isWorth = kept.some(({ box }) => Math.max(box.width, box.height) < NEAR_LIMIT * limit);
		for (const part of middleOf(parts, n))
			if (!isWorth) isWorth = (await lookAt(part)).some(({ score }) => score >= SURE);
		limit = smallestIn(parts[0]!);
		if (isWorth) {
			const fresh: Detection[] = [];
			for (const part of parts) fresh.push(...(await lookAt(part)));
			kept = [...kept, ...suppress(fresh.filter(({ score }) => score >= FINE_SCORE))];
		} else if (kept.length > 0) break;
	}
	return kept;
}

/** Side of the smallest face that is found for certain in a part: 14 pixels of the detector's input. */
const smallestIn = (part: Tile) => (14 / INPUT_SIDE) * Math.max(part.width, part.height);

/** Some parts in which a face is likely, if there is one: the middle, and around it. */
const middleOf = (parts: readonly Tile[], n: number): Tile[] => {
	const [low, mid, high] = [n >> 2, n >> 1, n - 1 - (n >> 2)];
	return [
		[mid, mid],
		[mid, low],
		[mid, high],
		[low, mid],
		[high, mid]
	].map(([row, column]) => parts[row! * n + column!]!);
};

async function findFaces(
	photo: Pyramid,
	originalSide: number,
	{ model, detect, embed }: { model: Embedder; detect: Detect; embed: Embed }
): Promise<FoundFace[]> {
	const { image } = photo;
	const detections = await detectAll(photo, detect);
	const draw = alignedFaces(photo, model);
	const pictures = detections.map(({ landmarks }) => draw(landmarks));
	const embeddings = await embed(pictures);
	const toOriginal = originalSide / Math.max(image.width, image.height);
	return detections.map(({ box, landmarks, score }, i) => {
		const pixels = Math.min(box.width, box.height) * toOriginal;
		return {
			box: {
				x: box.x / image.width,
				y: box.y / image.height,
				width: box.width / image.width,
				height: box.height / image.height
			},
			landmarks: landmarks.map((value, at) => value / (at % 2 ? image.height : image.width)),
			score,
			quality: qualityOf(pixels, sharpnessOf(pictures[i]!, model.size), turnOf(landmarks)),
			brightness: brightnessOf(pictures[i]!),
			embedding: embeddings[i]!
		};
	});
}
