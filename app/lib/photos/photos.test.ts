import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { justify, visibleRows } from './justify.ts';
import { parseExifTime } from './metadata.ts';

describe('justified rows', () => {
	it('fill the width, keep the order, and lose no photo', () => {
		fc.assert(
			fc.property(
				fc.array(
					fc.oneof(
						fc.double({ min: 0.1, max: 8, noNaN: true }),
						fc.constant(Number.NaN),
						fc.constant(0)
					),
					{ maxLength: 300 }
				),
				fc.integer({ min: 300, max: 2_000 }),
				(aspects, width) => {
					const { rows, height } = justify(aspects, width, 200, 4);
					expect(rows.flatMap(({ cells }) => cells.map(({ index }) => index))).toEqual(
						aspects.map((_, i) => i)
					);
					for (const row of rows.slice(0, -1)) {
						const last = row.cells[row.cells.length - 1]!;
						expect(last.x + last.width).toBeCloseTo(width, 3);
					}
					const end = rows[rows.length - 1];
					expect(height).toBeCloseTo(end ? end.y + end.height : 0, 3);
				}
			)
		);
	});
	it('finds the rows in view', () => {
		const { rows } = justify(Array<number>(100).fill(1.5), 900, 200, 4);
		const [from, to] = visibleRows(rows, 450, 700);
		expect(rows[from]!.y + rows[from]!.height).toBeGreaterThanOrEqual(450);
		expect(rows[to - 1]!.y).toBeLessThanOrEqual(700);
		expect(visibleRows([], 0, 100)).toEqual([0, 0]);
	});
});

it.each([
	['2026:01:19 17:03:22', '2026-01-19T17:03:22'],
	['2026-01-19T17:03:22+03:00', '2026-01-19T17:03:22'],
	['0000:00:00 00:00:00', null],
	['0000:01:01 10:00:00', null],
	['2026:02:30 10:00:00', null],
	['', null]
])('reads the camera time %j as %j', (text, time) => {
	expect(parseExifTime(text)).toBe(time);
});
