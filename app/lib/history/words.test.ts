import { expect, it } from 'vitest';
import { canTakeBack, stretchWords } from './words.ts';

it('says what somebody did', () => {
	const nothing = { added: 0, removed: 0, restored: 0, changed: 0, cleared: 0 };
	expect(stretchWords({ added: 1, removed: 1200, restored: 2, changed: 2, cleared: 1 })).toBe(
		'removed 1,200 photos, took 2 photos out of the trash, cleared 1 mark, changed 2 marks and added 1 photo.'
	);
	expect(stretchWords({ ...nothing, changed: 3 })).toBe('changed 3 marks.');
	expect(canTakeBack({ ...nothing, added: 5 })).toBe(false);
	expect(canTakeBack({ ...nothing, cleared: 1 })).toBe(true);
});
