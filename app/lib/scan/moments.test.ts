import fc from 'fast-check';
import { expect, it } from 'vitest';
import { momentsOf } from './moments.ts';

const match = (photoId: string, takenAt: string | null) => ({
	...{ photoId, takenAt, name: photoId, size: 1, thumb: '', full: '', original: '' }
});
const ids = (moments: ReturnType<typeof momentsOf>) =>
	moments.map(({ matches }) => matches.map(({ photoId }) => photoId));

it('puts photos into the moments in which they were taken', () => {
	const moments = momentsOf([
		match('dance', '2026-01-19T22:40:00'),
		match('vows', '2026-01-19T14:00:00'),
		match('scan', null),
		match('kiss', '2026-01-19T14:20:00'),
		match('rings', '2026-01-19T14:50:00'),
		match('late', '2026-01-20T00:05:00')
	]);
	expect(ids(moments)).toEqual([['vows', 'kiss', 'rings'], ['dance'], ['late'], ['scan']]);
	expect(moments.map(({ begins }) => begins)).toEqual([
		'2026-01-19T14:00:00',
		'2026-01-19T22:40:00',
		'2026-01-20T00:05:00',
		null
	]);
});

it('loses none, and repeats none', () => {
	fc.assert(
		fc.property(
			fc.array(
				fc.option(
					fc.date({ min: new Date('2000-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
				)
			),
			(dates) => {
				const all = dates.map((date, i) => match(String(i), date?.toISOString() ?? null));
				expect(ids(momentsOf(all)).flat().sort()).toEqual(all.map(({ photoId }) => photoId).sort());
			}
		)
	);
});
