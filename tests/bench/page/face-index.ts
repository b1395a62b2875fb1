import { wrap } from 'comlink';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { writeSidecar } from '#shared/faces/sidecar.ts';
import { seededRandom } from '../../simulation/world.ts';
import IndexWorkerClass from '../../../app/lib/faces/index.worker.ts?worker';
import type { IndexWorker } from '../../../app/lib/faces/index.worker.ts';

const FACES_A_PHOTO = 100;

function embeddingOf(random: () => number): Float32Array {
	const vector = Float32Array.from({ length: defaultEmbedder.dimensions }, random);
	const norm = Math.hypot(...vector);
	return vector.map((value) => (value * 1.4) / norm);
}

/**
 * Fills an index with random faces, the last photo with the people of the first one.
 * @returns what a search for each of the first photo's first faces finds, in milliseconds and photos
 */
export async function searchMany(photos: number): Promise<{
	size: number;
	found: string[][];
	buildMs: number;
	/** what the next visit finds; null where nothing was worth keeping */
	again: { isRestored: boolean; found: string[][]; unsaved: unknown } | null;
	/** whether a graph that holds something else than it should is refused */
	isDamaged?: boolean;
}> {
	const worker = new IndexWorkerClass();
	const remote = wrap<IndexWorker>(worker);
	const sidecars: { photo: string; bytes: Uint8Array }[] = [];
	const numbers = seededRandom(7);
	const random = () => numbers() - 0.5;
	const first = Array.from({ length: FACES_A_PHOTO }, () => embeddingOf(random));
	const start = performance.now();
	for (let photo = 0; photo < photos; photo++) {
		const people =
			photo === 0 || photo === photos - 1
				? first.map((vector) =>
						photo === 0 ? vector : vector.map((value) => value + random() * 0.02)
					)
				: first.map(() => embeddingOf(random));
		const faces = people.map((embedding) => ({
			box: { x: 0.1, y: 0.1, width: 0.1, height: 0.1 },
			landmarks: Array<number>(12).fill(0.1),
			score: 1,
			quality: 1,
			embedding
		}));
		const bytes = writeSidecar({ model: defaultEmbedder.id, faces }, defaultEmbedder.dimensions);
		sidecars.push({ photo: `p${photo}`, bytes });
		await remote.add(sidecars.slice(-1));
	}
	const buildMs = performance.now() - start;
	const search = async (of: typeof remote) => {
		const found: string[][] = [];
		for (let face = 0; face < 20; face++) found.push(await of.photosWith('p0', face));
		return found;
	};
	const found = await search(remote);
	const labels = await remote.unsaved();
	await remote.save('test.bin');
	const size = await remote.size();
	worker.terminate();
	if (typeof labels === 'string') return { size, found, buildMs, again: null };
	// the next visit, with the graph of this one
	const later = new IndexWorkerClass();
	const next = wrap<IndexWorker>(later);
	const isRestored = await next.restore('test.bin', labels);
	await next.add(sidecars);
	const again = { isRestored, found: await search(next), unsaved: await next.unsaved() };
	const isDamaged = !(await wrap<IndexWorker>(new IndexWorkerClass()).restore(
		'test.bin',
		labels.slice(1)
	));
	later.terminate();
	return { size, found, buildMs, again, isDamaged };
}
