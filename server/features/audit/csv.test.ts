import { expect, it } from 'vitest';
import { csvLine } from './csv.ts';

it('quotes what needs it, and runs nothing in a spreadsheet', () => {
	const line = csvLine({
		id: 7,
		at: '2026-01-19T10:00:00.000Z',
		actor: { id: '1', name: '=cmd|calc' },
		action: 'member.role',
		subject: 'Hana "the boss", Alemu',
		before: { role: 'viewer' },
		after: null,
		address: '10.0.0.1'
	});
	expect(line).toBe(
		`7,2026-01-19T10:00:00.000Z,'=cmd|calc,member.role,"Hana ""the boss"", Alemu","{""role"":""viewer""}",,10.0.0.1\r\n`
	);
});
