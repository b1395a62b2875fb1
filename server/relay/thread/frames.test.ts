import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Packing, unpack } from './frames.ts';

it('gives each seat its frames, in their order', () => {
	const frames = fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 8 });
	const sent = fc.array(fc.tuple(fc.integer({ min: 1, max: 2 ** 32 - 1 }), fc.nat()));
	fc.assert(
		fc.property(frames, sent, (known, chosen) => {
			const packing = new Packing();
			const given = chosen.map(([seat, at]) => [seat, known[at % known.length]!] as const);
			for (const [seat, frame] of given) packing.add(seat, frame);
			expect(packing.isEmpty).toBe(given.length === 0);
			const taken: (readonly [number, Uint8Array])[] = [];
			unpack(packing.take(), (seat, frame) => taken.push([seat, frame.slice()]));
			expect(taken).toEqual(given);
			expect(packing.isEmpty).toBe(true);
		})
	);
});
