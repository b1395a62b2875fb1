import { expose } from 'comlink';
import { describe, expect, it, vi } from 'vitest';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { GraphicsLost } from '../device/graphics.ts';
import { PartMissing } from '../device/parts.ts';
import type { Looked } from '../photos/photo.worker.ts';
import { createWorkerPool } from './pool.ts';

const PHOTO = {
	sha256: 'a'.repeat(64),
	type: 'image/jpeg',
	isEntered: false,
	isInRow: false
} as const;
const LOOKED = { width: 3, height: 2 } as Looked;
const DEVELOPED = { web: null, sidecar: null, facesPending: false };
const forever = () => new Promise<never>(() => undefined);

/** What a worker answers, on a channel instead of a thread. */
interface Told {
	look?(): Promise<Looked>;
	develop?(): Promise<typeof DEVELOPED>;
	warm?(): Promise<boolean>;
}

function workersThat(...told: Told[]) {
	const made: { isTerminated: boolean; cannotLoad(): void }[] = [];
	const make = (): Worker => {
		const { port1, port2 } = new MessageChannel();
		const worker = {
			isTerminated: false,
			cannotLoad: () => port1.dispatchEvent(new Event('error'))
		};
		expose(
			{
				look: async () => LOOKED,
				develop: async () => DEVELOPED,
				warm: async () => true,
				...told[made.length]
			},
			port2 as never
		);
		made.push(worker);
		port1.start();
		return Object.assign(port1, {
			terminate() {
				worker.isTerminated = true;
				port1.close();
			}
		}) as unknown as Worker;
	};
	return { make, made };
}

describe('workers that develop', () => {
	it('tell what is known of a photo before it is developed', async () => {
		const { make, made } = workersThat();
		const pool = createWorkerPool(make, 2);
		const looked: Looked[] = [];
		const developed = await pool.develop('me', 'w', PHOTO, null, (each) => looked.push(each));
		expect([looked, developed]).toEqual([[LOOKED], DEVELOPED]);
		// and are used again
		await pool.develop('me', 'w', PHOTO, null, () => undefined);
		expect(made).toHaveLength(1);
		pool.destroy();
		expect(made[0]!.isTerminated).toBe(true);
	});

	it('are replaced where graphics were lost, and the photo is done again, until it is clear that they stay lost', async () => {
		const said = vi.spyOn(console, 'error').mockReturnValue();
		const lost = { develop: () => Promise.reject(new GraphicsLost()) };
		const { make, made } = workersThat(lost, lost, {}, lost, lost, lost, lost);
		const pool = createWorkerPool(make, 2);
		expect(await pool.develop('me', 'w', PHOTO, null, () => undefined)).toEqual(DEVELOPED);
		expect(made.map(({ isTerminated }) => isTerminated)).toEqual([true, true, false]);
		pool.destroy();
		await expect(pool.develop('me', 'w', PHOTO, null, () => undefined)).rejects.toThrow('lost');
		expect(made).toHaveLength(7);
		said.mockRestore();
		pool.destroy();
	});

	it('are replaced where they hang, and the photo is tried once more', async () => {
		const said = vi.spyOn(console, 'error').mockReturnValue();
		const { make, made } = workersThat({ develop: forever });
		const pool = createWorkerPool(make, 1, 50);
		expect(await pool.develop('me', 'w', PHOTO, null, () => undefined)).toEqual(DEVELOPED);
		expect(made.map(({ isTerminated }) => isTerminated)).toEqual([true, false]);
		expect(said).toHaveBeenCalledOnce();
		said.mockRestore();
		pool.destroy();
	});

	it('give a photo up that hangs them twice', async () => {
		const said = vi.spyOn(console, 'error').mockReturnValue();
		const { make, made } = workersThat({ look: forever }, { look: forever });
		const pool = createWorkerPool(make, 1, 50);
		await expect(pool.develop('me', 'w', PHOTO, null, () => undefined)).rejects.toThrow('too long');
		expect(made.map(({ isTerminated }) => isTerminated)).toEqual([true, true]);
		said.mockRestore();
		pool.destroy();
	});

	it('say where they cannot be loaded, and are made anew the next time', async () => {
		const { make, made } = workersThat({ look: forever });
		const pool = createWorkerPool(make, 1);
		const developing = pool.develop('me', 'w', PHOTO, null, () => undefined);
		made[0]!.cannotLoad();
		await expect(developing).rejects.toThrow(PartMissing);
		expect(await pool.develop('me', 'w', PHOTO, null, () => undefined)).toEqual(DEVELOPED);
		expect(made).toHaveLength(2);
		pool.destroy();
	});

	it('have models only where all have them', async () => {
		const { make, made } = workersThat({}, { warm: async () => false });
		const pool = createWorkerPool(make, 2);
		expect(await pool.warm(defaultEmbedder)).toBe(false);
		expect(made).toHaveLength(2);
		const all = createWorkerPool(workersThat().make, 2);
		expect(await all.warm(defaultEmbedder)).toBe(true);
		for (const each of [pool, all]) each.destroy();
	});

	it('are not all asked for models that one cannot load', async () => {
		let asked = 0;
		const warm = async () => ++asked > 1;
		const pool = createWorkerPool(workersThat({ warm }, { warm }, { warm }).make, 3);
		expect(await pool.warm(defaultEmbedder)).toBe(false);
		expect(asked).toBe(1);
		expect(await pool.warm(defaultEmbedder)).toBe(true);
		expect(asked).toBe(4);
		pool.destroy();
	});
});
