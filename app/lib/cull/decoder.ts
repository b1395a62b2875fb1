// Pictures that are decoded before they are asked for.
import { type Remote, wrap } from 'comlink';
import { readFile } from '../device/files.ts';
import type { Pictures } from '../files/sources.ts';
import type { Photo } from '../events/event.svelte.ts';
import DecodeWorkerUrl from './decode.worker.ts?worker';
import type { DecodeWorker } from './decode.worker.ts';
import type { Rect } from './zoom.ts';

/** A part of a photo, pixel by pixel. */
export interface Detail {
	bitmap: ImageBitmap;
	/** where it lies, as parts of the photo */
	rect: Rect;
}

export interface Decoder {
	/** What is decoded of a photo; null: not yet. */
	has(photo: string): ImageBitmap | null;
	/** Decodes photos in this order; those that were decoded stay while there is room, the last longest. */
	want(photos: readonly Photo[]): void;
	/** Pictures are decoded as large as this, pixels. */
	fit(size: { width: number; height: number }): void;
	/** Decodes a part of the photo itself, where this device has it, else of its picture for screens. @returns null: it cannot be drawn */
	detail(photo: Photo, rect: Rect): Promise<Detail | null>;
	/** Decodes a part before it is asked for; what was prepared earlier of this photo goes. */
	prepare(photo: Photo, rect: Rect): void;
	/** Whether a part was prepared, or is being. */
	isPrepared(photo: string, rect: Rect): boolean;
	destroy(): void;
}

/**
 * Pictures that are kept decoded, 11 MB each at 2 000 pixels: whoever turns back finds what was just seen. Fewer on devices
 * that say that they have little memory.
 */
const kept = (): number => {
	const { deviceMemory = 4 } = navigator as { deviceMemory?: number };
	return deviceMemory >= 8 ? 24 : deviceMemory >= 4 ? 16 : 9;
};

/** Parts that wait to be looked at: of the photo before, and of the next. */
const PREPARED = 3;
const sides = ['x', 'y', 'width', 'height'] as const;

const drawn = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/avif']);

/**
 * @param place of the photos
 * @param onDecoded a photo can be drawn now
 */
export function createDecoder(
	person: string,
	pictures: Pictures,
	place: { workspace: string; event: string },
	onDecoded: (photo: string) => void
): Decoder {
	const workers = Array.from({ length: 2 }, () => new DecodeWorkerUrl());
	const remotes = workers.map((worker) => wrap<DecodeWorker>(worker));
	/** those used last at the end */
	const bitmaps = new Map<string, ImageBitmap>();
	const most = kept();
	let fit = { width: 2000, height: 2000 };
	let isFitted = false;
	/** pictures that could not be had; tried again when they are wanted again */
	const failed = new Set<string>();
	let wanted: readonly Photo[] = [];
	const working = new Set<string>();

	async function decode(photo: string, remote: Remote<DecodeWorker>): Promise<void> {
		const address = await pictures.address({ ...place, photo }, 'web');
		const bitmap = address && (await remote.fitting(address, fit).catch(() => null));
		if (!bitmap) return void failed.add(photo);
		if (!wanted.some(({ id }) => id === photo)) return bitmap.close();
		bitmaps.get(photo)?.close();
		bitmaps.set(photo, bitmap);
		onDecoded(photo);
	}

	/** parts that were decoded before they were asked for, the oldest first */
	const prepared = new Map<string, { rect: Rect; made: Promise<Detail | null> }>();
	const drop = (photo: string) => {
		const before = prepared.get(photo);
		prepared.delete(photo);
		void before?.made.then((detail) => detail?.bitmap.close());
	};
	const isPrepared = (photo: string, rect: Rect) => {
		const there = prepared.get(photo)?.rect;
		return there !== undefined && sides.every((side) => Math.abs(there[side] - rect[side]) < 1e-6);
	};

	async function partOf({ id, facts }: Photo, rect: Rect): Promise<Detail | null> {
		const file = drawn.has(facts.type) ? await readFile(person, 'originals', facts.sha256) : null;
		const own = file && URL.createObjectURL(file);
		try {
			const address = own ?? (await pictures.address({ ...place, photo: id }, 'web'));
			const bitmap = address && (await remotes[1]!.detail(address, rect));
			return bitmap ? { bitmap, rect } : null;
		} catch {
			return null;
		} finally {
			if (own) URL.revokeObjectURL(own);
		}
	}

	const isBusy = new Set<Remote<DecodeWorker>>();
	function work(): void {
		for (const remote of remotes) {
			if (isBusy.has(remote)) continue;
			const next = wanted.find(({ id }) => !bitmaps.has(id) && !working.has(id) && !failed.has(id));
			if (!next) return;
			isBusy.add(remote);
			working.add(next.id);
			void decode(next.id, remote)
				.catch(() => failed.add(next.id))
				.finally(() => {
					working.delete(next.id);
					isBusy.delete(remote);
					work();
				});
		}
	}

	return {
		has: (photo) => bitmaps.get(photo) ?? null,
		want(photos) {
			wanted = photos;
			const ids = new Set(photos.map(({ id }) => id));
			// what is wanted was used last
			for (const id of [...ids].reverse()) {
				const bitmap = bitmaps.get(id);
				if (!bitmap) continue;
				bitmaps.delete(id);
				bitmaps.set(id, bitmap);
			}
			for (const [id, bitmap] of bitmaps) {
				if (bitmaps.size <= Math.max(most, ids.size) || ids.has(id)) break;
				bitmap.close();
				bitmaps.delete(id);
			}
			for (const id of failed) if (!ids.has(id)) failed.delete(id);
			work();
		},
		fit(size) {
			// smaller panes draw what is there; a larger window wants more of it
			if (size.width <= fit.width && size.height <= fit.height && isFitted) return;
			if (isFitted) for (const bitmap of bitmaps.values()) bitmap.close();
			if (isFitted) bitmaps.clear();
			isFitted = true;
			fit = size;
			work();
		},
		detail(photo, rect) {
			if (!isPrepared(photo.id, rect)) return partOf(photo, rect);
			const { made } = prepared.get(photo.id)!;
			prepared.delete(photo.id);
			return made;
		},
		prepare(photo, rect) {
			if (isPrepared(photo.id, rect)) return;
			drop(photo.id);
			prepared.set(photo.id, { rect, made: partOf(photo, rect) });
			if (prepared.size > PREPARED) drop(prepared.keys().next().value!);
		},
		isPrepared,
		destroy() {
			for (const worker of workers) worker.terminate();
			for (const bitmap of bitmaps.values()) bitmap.close();
			bitmaps.clear();
			for (const photo of [...prepared.keys()]) drop(photo);
		}
	};
}
