import { expect, it } from 'vitest';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { type Selfie, joinSelfies } from './judge.ts';

const face = (...embedding: number[]): Selfie => ({
	kind: 'face',
	model: 'm',
	embedding: Float32Array.from(embedding)
});

it('joins frames of one face into their mean', () => {
	const joined = joinSelfies([face(1, 0), face(1, 0.2), face(1, 0.1)], defaultEmbedder);
	expect(joined.kind === 'face' && [...joined.embedding]).toEqual([
		expect.closeTo(1),
		expect.closeTo(0.1)
	]);
});
it('leaves out a frame into which somebody else came, and frames with trouble', () => {
	const joined = joinSelfies(
		[face(1, 0), face(0, 1), { kind: 'several' }, face(1, 0.2)],
		defaultEmbedder
	);
	expect(joined.kind === 'face' && [...joined.embedding]).toEqual([
		expect.closeTo(1),
		expect.closeTo(0.1)
	]);
	expect(joinSelfies([{ kind: 'none' }, face(1, 0)], defaultEmbedder)).toEqual(face(1, 0));
});
it('says the first trouble when there is no face', () => {
	expect(joinSelfies([{ kind: 'dark' }, { kind: 'none' }], defaultEmbedder)).toEqual({
		kind: 'dark'
	});
	expect(joinSelfies([], defaultEmbedder)).toEqual({ kind: 'none' });
});
