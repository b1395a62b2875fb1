import { expect, it } from 'vitest';
import { createMail } from './mail.ts';

it('sends together what was posted while promises settle, in its order', async () => {
	const sent: number[][] = [];
	const mail = createMail<number>((messages) => void sent.push(messages));
	mail.post(1);
	await Promise.resolve();
	mail.post(2);
	expect(sent).toEqual([]);
	await new Promise(setImmediate);
	mail.post(3);
	await new Promise(setImmediate);
	expect(sent).toEqual([[1, 2], [3]]);
});

it('moves buffers with the messages they belong to', async () => {
	const moved: ArrayBuffer[][] = [];
	const mail = createMail<string>((_, buffers) => void moved.push(buffers));
	const buffer = new ArrayBuffer(1);
	mail.post('without');
	mail.post('with', buffer);
	await new Promise(setImmediate);
	mail.post('later');
	await new Promise(setImmediate);
	expect(moved).toEqual([[buffer], []]);
});

it('sends at once what may be the last of a thread, and only once', async () => {
	const sent: string[][] = [];
	const mail = createMail<string>((messages) => void sent.push(messages));
	mail.post('opens');
	mail.flush();
	expect(sent).toEqual([['opens']]);
	await new Promise(setImmediate);
	expect(sent).toEqual([['opens']]);
});
