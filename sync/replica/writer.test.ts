import { beforeEach, expect, it } from 'vitest';
import type { ReplicaRow, ReplicaStore } from './store.ts';
import { Writer } from './writer.ts';

/** what reached storage, in its order */
let written: unknown[];
let isFull: boolean;
let next: number;
const write = async <T>(what: unknown, answer: T): Promise<T> => {
	await Promise.resolve();
	if (isFull) throw new DOMException('full', 'QuotaExceededError');
	written.push(what);
	return answer;
};
const store = {
	append: (_: string, rows: ReplicaRow[]) =>
		write(
			rows.map(({ bytes }) => bytes[0]),
			rows.map(() => next++)
		),
	setState: (_: string, state: object) => write(state, undefined)
} as unknown as ReplicaStore;
const rowOf = (byte: number): ReplicaRow => ({
	bytes: Uint8Array.of(byte),
	isOwn: true,
	receipt: null
});

beforeEach(() => {
	written = [];
	isFull = false;
	next = 1;
});

it('writes rows that wait as one, in their order, and what comes between them apart', async () => {
	const writer = new Writer('x', store, () => {});
	const ids: number[] = [];
	const add = (byte: number) =>
		writer.addRow({ take: () => rowOf(byte), stored: (id) => ids.push(id) });
	for (const byte of [1, 2, 3]) add(byte);
	writer.add(() => write('refused', undefined));
	for (const byte of [4, 5]) add(byte);
	await writer.settled();
	expect(written).toEqual([[1, 2, 3], 'refused', [4, 5]]);
	expect(ids).toEqual([1, 2, 3, 4, 5]);
});

it('joins states over rows, but never over what must come first', async () => {
	const writer = new Writer('x', store, () => {});
	writer.addRow({ take: () => rowOf(1), stored: () => {} });
	writer.setState({ isWaiting: true });
	writer.addRow({ take: () => rowOf(2), stored: () => {} });
	writer.setState({ epoch: 'one' });
	writer.add(() => write('refused', undefined));
	writer.setState({ refusalsSeen: 7 });
	await writer.settled();
	expect(written).toEqual([
		[1],
		{ isWaiting: true, epoch: 'one' },
		[2],
		'refused',
		{ refusalsSeen: 7 }
	]);
});

it('keeps what a full device did not take, and writes it with the next', async () => {
	const writer = new Writer('x', store, () => {});
	let isNeeded = true;
	writer.addRow({ take: () => (isNeeded ? rowOf(1) : null), stored: () => {} });
	writer.addRow({ take: () => rowOf(2), stored: () => {} });
	isFull = true;
	await expect(writer.settled()).rejects.toThrow('full');
	isFull = isNeeded = false;
	writer.addRow({ take: () => rowOf(3), stored: () => {} });
	await writer.settled();
	expect(written).toEqual([[2, 3]]);
	expect(writer.failure).toBe(null);
});
