import { afterEach, describe, expect, it } from 'vitest';
import { type Bell, createBell } from './bell.ts';

const bells: Bell[] = [];
const tab = () => {
	const bell = createBell(new BroadcastChannel('bell'));
	bells.push(bell);
	return bell;
};
afterEach(() => {
	for (const bell of bells.splice(0)) bell.close();
});
const HOUR = 3_600_000;

describe('a bell', () => {
	it('ends a pause, here and in other tabs', async () => {
		const [here, there] = [tab(), tab()];
		const pauses = Promise.all([here.pause(HOUR), there.pause(HOUR)]);
		here.ring();
		await pauses;
	});

	it('is heard by who was busy when it rang, once', async () => {
		const bell = tab();
		bell.ring();
		await bell.pause(HOUR);
		let isOver = false;
		const second = bell.pause(HOUR).then(() => (isOver = true));
		await new Promise((resolve) => setTimeout(resolve));
		expect(isOver).toBe(false);
		bell.ring();
		await second;
	});

	it('tells who listens until they stop', () => {
		const bell = tab();
		let heard = 0;
		const stop = bell.listen(() => heard++);
		bell.ring();
		stop();
		bell.ring();
		expect(heard).toBe(1);
	});

	it('may still be rung when it is closed', async () => {
		const bell = tab();
		bell.close();
		bell.ring();
		await bell.pause(HOUR);
	});

	it('lets a pause end by itself', async () => {
		await tab().pause(1);
	});
});
