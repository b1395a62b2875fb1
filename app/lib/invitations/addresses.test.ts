import { expect, it } from 'vitest';
import { addressesIn } from './addresses.ts';

it('finds addresses as people paste them, each once', () => {
	expect(
		addressesIn('Selam <Selam@Example.com>; dawit@example.com,\nselam@example.com "x" abel@a.et.')
	).toEqual(['selam@example.com', 'dawit@example.com', 'abel@a.et']);
	expect(addressesIn('nobody, @here, a@b')).toEqual([]);
});
