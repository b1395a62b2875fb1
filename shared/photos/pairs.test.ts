import { describe, expect, it } from 'vitest';
import { stacksOf } from './pairs.ts';

const photo = (
	id: string,
	name: string,
	takenAt: string | null = '2026-01-19T10:00:00',
	by = 'a',
	camera: string | null = null
) => ({
	id,
	facts: {
		name,
		takenAt,
		by,
		camera,
		type: /\.cr2$/i.test(name) ? ('image/x-raw' as const) : ('image/jpeg' as const)
	}
});
const shape = (photos: ReturnType<typeof photo>[]) =>
	stacksOf(photos).map(({ lead, others }) => [lead.id, ...others.map(({ id }) => id)]);

describe('RAW and JPEG', () => {
	it('of one shot are one, whichever came first', () => {
		expect(
			shape([photo('r', 'IMG_1.CR2'), photo('j', 'img_1.jpg'), photo('k', 'IMG_2.JPG')])
		).toEqual([['j', 'r'], ['k']]);
	});
	it('of other times or people are apart', () => {
		expect(
			shape([
				photo('j', 'IMG_1.JPG'),
				photo('r', 'IMG_1.CR2', '2026-01-19T11:00:00'),
				photo('s', 'IMG_1.CR2', '2026-01-19T10:00:00', 'b')
			])
		).toEqual([['j'], ['r'], ['s']]);
	});
	it('of two cameras are apart, where both say what they are', () => {
		const raw = (camera: string | null) => photo('r', 'IMG_1.CR2', null, 'a', camera);
		const jpeg = photo('j', 'IMG_1.JPG', undefined, 'a', 'EOS R6');
		expect(shape([jpeg, raw('EOS R5')])).toEqual([['j'], ['r']]);
		expect(shape([jpeg, raw('EOS R6')])).toEqual([['j', 'r']]);
		expect(shape([jpeg, raw(null)])).toEqual([['j', 'r']]);
	});
	it('without a time go by their name, unless it fits two', () => {
		expect(shape([photo('j', 'IMG_1.JPG'), photo('r', 'IMG_1.CR2', null)])).toEqual([['j', 'r']]);
		const two = [photo('j', 'IMG_1.JPG'), photo('k', 'IMG_1.JPG', '2026-01-20T10:00:00')];
		expect(shape([...two, photo('r', 'IMG_1.CR2', null)])).toEqual([['j'], ['k'], ['r']]);
	});
	it('alone stand for themselves', () => {
		expect(shape([photo('r', 'IMG_1.CR2'), photo('s', 'IMG_1.CR2')])).toEqual([['r'], ['s']]);
	});
});
