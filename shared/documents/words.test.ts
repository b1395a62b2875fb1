import { expect, it } from 'vitest';
import { changeWords } from './words.ts';

it('says changes of documents as people do', () => {
	expect(changeWords('marks', 'ab/rating', 3, 'IMG_1.JPG')).toBe('rating of IMG_1.JPG: 3');
	expect(changeWords('marks', 'ab/caption', null, 'IMG_1.JPG')).toBe(
		'caption of IMG_1.JPG: cleared'
	);
	expect(changeWords('trash', 'ab', null, 'IMG_1.JPG')).toBe('IMG_1.JPG out of the trash');
	expect(changeWords('clocks', 'name/Canon R6', 3612)).toBe('Clock of Canon R6: +1 h 12 s');
	expect(changeWords('clocks', '0123456789ab', null)).toBe('Clock of camera 0123: no correction');
	expect(changeWords('presets', 'x', { name: 'Weddings' })).toBe('Preset Weddings');
	expect(changeWords('presets', 'x', null)).toBe('A preset removed');
	expect(changeWords('marks', 'ab/rights', '0123456789abcdef', 'IMG_1.JPG')).toBe(
		'Rights of IMG_1.JPG'
	);
	expect(changeWords('rights', '0123456789abcdef', { creator: 'Hana' })).toBe('Rights of photos');
});
