import { expect, it } from 'vitest';
import { Commits, type Outcome } from './commits.ts';
import type { Room } from './room.ts';

/** A room of which nothing matters but its name. */
const room = (name: string) =>
	({
		name,
		commit: () => ({ document: name, head: 0, take: () => ({ entries: [], changes: [] }) }),
		stored: () => {},
		notStored: () => {}
	}) as unknown as Room;

function setUp(lanes: number) {
	const begun: string[][] = [];
	const ends: (() => void)[] = [];
	const due: (() => void)[] = [];
	const commits = new Commits(
		(entries) => {
			begun.push(entries.map(({ document }) => document));
			const outcome: Outcome = { kind: 'stored', head: 1, refusals: [], at: '' };
			const all = new Map(entries.map(({ document }) => [document, outcome]));
			return new Promise((done) => ends.push(() => done(all)));
		},
		() => {},
		(_, run) => void due.push(run),
		lanes
	);
	const settle = () => new Promise((done) => setImmediate(done));
	return {
		begun,
		submit: async (...names: string[]) => {
			for (const name of names) commits.submit(room(name));
			await settle();
		},
		end: async () => {
			for (const end of ends.splice(0)) end();
			await settle();
		},
		pass: async () => {
			for (const run of due.splice(0)) run();
			await settle();
		}
	};
}

it('stores at once what comes first, and what comes within milliseconds in the next transaction', async () => {
	const { begun, submit, end, pass } = setUp(1);
	await submit('a', 'b');
	await end();
	await submit('c');
	await submit('d');
	expect(begun).toEqual([['a', 'b']]);
	await pass();
	expect(begun).toEqual([
		['a', 'b'],
		['c', 'd']
	]);
});

it('begins the next transaction while one is under way, for other documents', async () => {
	const { begun, submit, end, pass } = setUp(2);
	await submit('a');
	await submit('b');
	await pass();
	expect(begun).toEqual([['a'], ['b']]);
	await submit('c');
	await pass();
	expect(begun.length).toBe(2);
	await end();
	expect(begun).toEqual([['a'], ['b'], ['c']]);
});
