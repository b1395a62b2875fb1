import { expect, it } from 'vitest';
import { type Found, mergeFound } from './everywhere.ts';

const found = (event: string, photo: string, name?: string): Found => ({
	...{ event, photo, face: `${photo}/500,500` },
	...(name === undefined ? {} : { facts: { name, width: 3, height: 2 } })
});

it('shows each photo of an event once, marked by who found it, and moves nothing when the server answers', () => {
	const here = [found('a', '1'), found('b', '1'), found('a', '2')];
	expect(mergeFound(here, []).map(({ origin }) => origin)).toEqual(['device', 'device', 'device']);
	const server = [found('a', '3', 'z.jpg'), found('a', '2', 'y.jpg'), found('c', '1', 'x.jpg')];
	const merged = mergeFound(here, server);
	expect(merged.map(({ event, photo, origin }) => `${event}${photo} ${origin}`)).toEqual([
		...['a1 device', 'b1 device', 'a2 both', 'a3 server', 'c1 server']
	]);
	expect(merged[2]!.facts).toEqual({ name: 'y.jpg', width: 3, height: 2 });
	expect(mergeFound([], server).map(({ photo }) => photo)).toEqual(['3', '2', '1']);
});
