import { expect, it } from 'vitest';
import { render } from './output.ts';

it('writes tables for people and JSON for scripts', () => {
	const rows = [
		{ name: 'Studio Abeba', members: 3, reason: null },
		{ name: 'Other', members: 12, reason: 'bill' }
	];
	expect(render(rows, false)).toBe(
		'name          members  reason\nStudio Abeba  3\nOther         12       bill'
	);
	expect(JSON.parse(render(rows, true))).toEqual(rows);
	expect(render([], false)).toBe('None.');
	expect(render({ id: 'x', status: 'active' }, false)).toBe('id      x\nstatus  active');
	expect(render('Done.', true)).toBe('{"message":"Done."}');
});
