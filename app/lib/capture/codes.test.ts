import { expect, it, vi } from 'vitest';

vi.mock('zxing-wasm/reader/zxing_reader.wasm?url', () => ({ default: '' }));
const { codeText } = await import('./codes.ts');

it('takes one line of what a code says, and no more than a mark may say', () => {
	expect(codeText(' 1042\r\n')).toBe('1042');
	expect(codeText('Hana\u0000\tAlemu\u001d1042')).toBe('Hana Alemu 1042');
	expect(codeText('\u0007\n')).toBe('');
	const long = codeText(`${'x'.repeat(119)}😀y`);
	expect(long.length).toBeLessThanOrEqual(120);
	expect(long.isWellFormed()).toBe(true);
});
