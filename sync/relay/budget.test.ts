import { expect, it } from 'vitest';
import { Budgets, work } from './budget.ts';

it('gives a person one budget over all connections, which comes back with the time', () => {
	const budgets = new Budgets();
	expect(budgets.of('hana', 0).spend(work.burst - 1, 0)).toBe(true);
	expect(budgets.of('hana', 0).spend(2, 0)).toBe(false);
	expect(budgets.of('dawit', 0).spend(2, 0)).toBe(true);
	// a second later she has a quarter of one
	expect(budgets.of('hana', 1_000).left(1_000)).toBe(1_000 * work.share);
});

it('forgets those who have all of it again, and nobody else', () => {
	const budgets = new Budgets();
	budgets.of('flood', 0).spend(work.burst, 0);
	for (let i = 0; i < 2 * work.people; i++) budgets.of(`guest ${i}`, 1);
	expect(budgets.of('flood', 1).left(1)).toBeLessThan(1);
});
