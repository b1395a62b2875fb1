import * as encoding from 'lib0/encoding';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encoded } from './encoded.ts';

it('is what an encoder of its own would have written, also within each other, and after one that failed', () => {
	fc.assert(
		fc.property(
			fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1 }),
			fc.integer({ min: 0, max: 100_000 }),
			(parts, length) => {
				expect(() =>
					encoded((e) => {
						encoding.writeVarUint(e, 7);
						throw new Error('no');
					})
				).toThrow('no');
				const inner: Uint8Array[] = [];
				const bytes = parts.map((part) =>
					encoded((e) => {
						encoding.writeVarUint8Array(e, part);
						inner.push(encoded((other) => encoding.writeUint8Array(other, new Uint8Array(length))));
						encoding.writeVarUint8Array(e, part);
					})
				);
				for (const [at, part] of parts.entries()) {
					const own = encoding.createEncoder();
					encoding.writeVarUint8Array(own, part);
					encoding.writeVarUint8Array(own, part);
					expect(bytes[at]).toEqual(encoding.toUint8Array(own));
					expect(inner[at]!.length).toBe(length);
				}
			}
		),
		{ numRuns: 50 }
	);
});
