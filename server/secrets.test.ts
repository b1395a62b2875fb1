import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSecretBox } from './secrets.ts';

const box = createSecretBox(randomBytes(32));
const secret = Buffer.from('gho_token');

it('opens what it sealed, for the same purpose only', () => {
	const sealed = box.seal(secret, 'github of hana');
	expect(Buffer.from(sealed).includes(secret)).toBe(false);
	expect(Buffer.from(box.open(sealed, 'github of hana'))).toEqual(secret);
	expect(() => box.open(sealed, 'github of sara')).toThrow();
	expect(() => createSecretBox(randomBytes(32)).open(sealed, 'github of hana')).toThrow();
});
it('refuses what was changed or cut, at each byte', () => {
	const sealed = box.seal(secret, 'x');
	for (let at = 0; at < sealed.length; at++) {
		const changed = Uint8Array.from(sealed);
		changed[at]! ^= 1;
		expect(() => box.open(changed, 'x')).toThrow();
		expect(() => box.open(sealed.slice(0, at), 'x')).toThrow();
	}
});
it('wants a whole key', () => {
	expect(() => createSecretBox(randomBytes(16))).toThrow(/32 bytes/);
});
