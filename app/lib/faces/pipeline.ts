// From a decoded photo to its faces: detect, align, embed. Runs in workers.
import { alignmentOf } from '#shared/faces/align.ts';
import type { Detection } from '#shared/faces/blazeface.ts';
import { type Embed, embedWith } from '#shared/faces/embed.ts';
import { TILED_ABOVE, type Tile, suppress, tilesOf } from '#shared/faces/geometry.ts';
import { type Embedder, defaultEmbedder, portableDetector } from '#shared/faces/models.ts';
import { brightnessOf, qualityOf, sharpnessOf, turnOf } from '#shared/faces/quality.ts';
import type { Face } from '#shared/faces/sidecar.ts';
import type { Pyramid } from '../photos/pyramid.ts';
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
export async function loadFaceEngine(threads = 1): Promise<FaceEngine> {
	const model = defaultEmbedder;
	const [detect, network] = await Promise.all([loadDetector(), loadNetwork(model, threads)]);
	return engineOf(model, detect, embedWith(network, model));
}

/** Loads both models with one engine for both: for one picture, over a network that costs. */
export async function loadPortableFaceEngine(threads = 1): Promise<FaceEngine> {
	const model = defaultEmbedder;
	const [detector, network] = await Promise.all([
		loadNetwork(portableDetector, threads, 'processor'),
		loadNetwork(model, threads, 'processor')
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

/** Detections of the whole and of its parts, merged, in pixels of the image. */
export async function detectAll(photo: Pyramid, detect: Detect): Promise<Detection[]> {
	const { image } = photo;
	const whole: Tile = { x: 0, y: 0, width: image.width, height: image.height };
	const isLarge = image.width * image.height > TILED_ABOVE;
	const parts = isLarge ? [whole, ...tilesOf(image.width, image.height, 2)] : [whole];
	const found: Detection[] = [];
	for (const part of parts) {
		const { canvas, scale } = scaled(photo, part);
		const border = 0.01 * Math.min(part.width, part.height);
		const seen = await detect(canvas);
		const whole = seen.flatMap(({ box, landmarks, score }): Detection[] => {
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
				(part.x + part.width < image.width &&
					moved.x + moved.width > part.x + part.width - border) ||
				(part.y + part.height < image.height &&
					moved.y + moved.height > part.y + part.height - border);
			if (isCut) return [];
			const shift = [part.x, part.y];
			return [
				{ box: moved, landmarks: landmarks.map((value, i) => value / scale + shift[i % 2]!), score }
			];
		});
		found.push(...whole);
	}
	return suppress(found);
}

async function findFaces(
	photo: Pyramid,
	originalSide: number,
	{ model, detect, embed }: { model: Embedder; detect: Detect; embed: Embed }
): Promise<FoundFace[]> {
	const { image } = photo;
	const detections = await detectAll(photo, detect);
	const canvas = new OffscreenCanvas(model.size, model.size);
	const context = canvas.getContext('2d', { willReadFrequently: true })!;
	context.imageSmoothingQuality = 'low'; // the pyramid's levels are close enough
	const pictures = detections.map(({ landmarks: p }) => {
		const moved = alignmentOf(p, model);
		const { source, scale } = photo.atLeast(Math.hypot(moved.a, moved.b));
		const [a, b] = [moved.a / scale, moved.b / scale];
		context.setTransform(1, 0, 0, 1, 0, 0);
		context.clearRect(0, 0, model.size, model.size);
		context.setTransform(a, b, -b, a, moved.tx, moved.ty);
		context.drawImage(source, 0, 0);
		return context.getImageData(0, 0, model.size, model.size).data;
	});
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
