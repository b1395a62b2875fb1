import { expect, it } from 'vitest';
import { checksum } from './checksum.ts';

it('is the CRC-32 that everybody knows', () => {
	expect(checksum(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
	expect(checksum(new Uint8Array())).toBe(0);
});
