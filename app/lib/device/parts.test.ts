import { describe, expect, it } from 'vitest';
import { Part } from './parts.ts';

describe('a part', () => {
	it('is loaded once, when it is first asked for', async () => {
		let loads = 0;
		const part = new Part(async () => ++loads);
		const seen: number[] = [];
		part.ifLoaded((value) => seen.push(value));
		expect(part.isAskedFor).toBe(false);
		expect(await Promise.all([part.get(), part.get()])).toEqual([1, 1]);
		part.ifLoaded((value) => seen.push(value));
		await part.get();
		expect(seen).toEqual([1]);
	});

	it('is tried again after a failure', async () => {
		let loads = 0;
		const part = new Part(async () => {
			if (++loads === 1) throw new Error('no network');
			return loads;
		});
		await expect(part.get()).rejects.toThrow('no network');
		part.ifLoaded(() => expect.unreachable());
		expect(await part.get()).toBe(2);
	});
});
