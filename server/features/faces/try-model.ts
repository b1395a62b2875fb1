// Runs a model that somebody added, before anybody relies on it.
import { normalise, toInput } from '#shared/faces/embed.ts';
import { distanceOf } from '#shared/faces/geometry.ts';
import type { Contract, NewFaceModel } from '#shared/faces/manifest.ts';
import type { OpenNetwork } from './engine.ts';

export type Tried = { contract: Contract } | { fault: string };

/** Pictures that no model takes for the same, and none is made for: gradients and checks. */
export function patterns(side: number, count: number): Uint8ClampedArray[] {
	return Array.from({ length: count }, (_, n) => {
		const rgba = new Uint8ClampedArray(4 * side * side);
		for (let y = 0; y < side; y++)
			for (let x = 0; x < side; x++) {
				const at = 4 * (y * side + x);
				const isDark = ((x >> (n + 2)) + (y >> (n + 2))) % 2 === 0;
				rgba[at] = (255 * x) / side;
				rgba[at + 1] = (255 * y) / side;
				rgba[at + 2] = isDark ? 40 * n : 255 - 40 * n;
				rgba[at + 3] = 255;
			}
		return rgba;
	});
}

/** Same pictures may differ so much: sums are added up in another order. */
const TOLERANCE = 1e-3;
const BATCH = 8;

/** Whether it does what its manifest says: what goes in, what comes out, alone and several at a time. */
export async function tryModel(network: OpenNetwork, manifest: NewFaceModel): Promise<Tried> {
	const { side, dimensions } = manifest;
	const [input, ...others] = network.inputs;
	if (input === undefined || others.length > 0)
		return {
			fault: `It takes ${network.inputs.length} inputs: ${network.inputs.join(', ')}. One picture is given.`
		};
	const pictures = patterns(side, 3);
	const run = async (given: Uint8ClampedArray[]) =>
		network.run(input, toInput(given, { ...manifest, size: side }), [given.length, 3, side, side]);

	const singles: Float32Array[] = [];
	let output = '';
	for (const picture of pictures) {
		let rows: Record<string, Float32Array>;
		try {
			rows = await run([picture]);
		} catch (error) {
			return {
				fault: `It cannot be given a picture of ${side} by ${side} pixels: ${(error as Error).message}`
			};
		}
		output ||= Object.keys(rows).find((name) => rows[name]!.length === dimensions) ?? '';
		if (!output) {
			const lengths = Object.values(rows).map(({ length }) => length);
			return { fault: `It gives ${lengths.join(', ')} numbers for a face, not ${dimensions}.` };
		}
		const row = rows[output]!;
		if (!(row instanceof Float32Array)) return { fault: 'What it gives are no 32-bit fractions.' };
		if (!row.every(Number.isFinite)) return { fault: 'It gives what are no numbers.' };
		if (row.every((value) => value === 0)) return { fault: 'It gives nothing but zeros.' };
		singles.push(normalise(row.slice()));
	}
	if (
		distanceOf(singles[0]!, singles[1]!) < TOLERANCE &&
		distanceOf(singles[0]!, singles[2]!) < TOLERANCE
	)
		return { fault: 'It gives the same for whatever it is shown.' };
	// some are made for one face at a time, and say so only when they are run
	const together = await run(pictures).then(
		(rows) => rows[output]!,
		() => null
	);
	const isBatched =
		together?.length === pictures.length * dimensions &&
		singles.every((single, n) => {
			const row = normalise(together.slice(n * dimensions, (n + 1) * dimensions));
			return distanceOf(single, row) < TOLERANCE;
		});
	return { contract: { input, output, batch: isBatched ? BATCH : 1 } };
}
