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
	/** Decodes photos in this order, and forgets those that are not among them. */
	want(photos: readonly Photo[]): void;
	/** Decodes a part of the photo itself, where this device has it. @returns null: it has not, or cannot draw it */
	detail(photo: Photo, rect: Rect): Promise<Detail | null>;
	destroy(): void;
}

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
	const bitmaps = new Map<string, ImageBitmap>();
	/** pictures that could not be had; tried again when they are wanted again */
	const failed = new Set<string>();
	let wanted: readonly Photo[] = [];
	const working = new Set<string>();

	async function decode(photo: string, remote: Remote<DecodeWorker>): Promise<void> {
		const address = await pictures.address({ ...place, photo }, 'web');
		const bitmap = address && (await remote.decode(address).catch(() => null));
		if (!bitmap) return void failed.add(photo);
		if (!wanted.some(({ id }) => id === photo)) return bitmap.close();
		bitmaps.get(photo)?.close();
		bitmaps.set(photo, bitmap);
		onDecoded(photo);
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
			for (const [id, bitmap] of bitmaps)
				if (!ids.has(id)) {
					bitmap.close();
					bitmaps.delete(id);
				}
			for (const id of failed) if (!ids.has(id)) failed.delete(id);
			work();
		},
		async detail({ facts }, rect) {
			if (!drawn.has(facts.type)) return null;
			const file = await readFile(person, 'originals', facts.sha256);
			if (!file) return null;
			const address = URL.createObjectURL(file);
			try {
				const bitmap = await remotes[1]!.decode(address, {
					x: Math.round(rect.x * facts.width),
					y: Math.round(rect.y * facts.height),
					width: Math.max(1, Math.round(rect.width * facts.width)),
					height: Math.max(1, Math.round(rect.height * facts.height))
				});
				return { bitmap, rect };
			} catch {
				return null;
			} finally {
				URL.revokeObjectURL(address);
			}
		},
		destroy() {
			for (const worker of workers) worker.terminate();
			for (const bitmap of bitmaps.values()) bitmap.close();
			bitmaps.clear();
		}
	};
}
