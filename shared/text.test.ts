import { expect, it } from 'vitest';
import { isStorable, isStorableText, storableText } from './text.ts';

it('knows what a database holds', () => {
	for (const text of ['', 'ኢሬቻ', '👩🏽‍🦱', '\n\t', '\uFFFF'])
		expect(isStorableText(text), JSON.stringify(text)).toBe(true);
	for (const text of ['\u0000', 'a\u0000b', '\ud800', '\udc00x', 'x\ud83d'])
		expect(isStorableText(text), JSON.stringify(text)).toBe(false);
	expect(isStorable({ a: [1, null, { b: 'fine' }] })).toBe(true);
	expect(isStorable({ a: [1, null, { b: '\u0000' }] })).toBe(false);
	expect(isStorable({ 'a\ud800': 1 })).toBe(false);
	expect(storableText('a\u0000b\ud800c👍')).toBe('a\uFFFDb\uFFFDc👍');
});
