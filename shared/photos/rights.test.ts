import { describe, expect, it } from 'vitest';
import { presetSchema, rightsIdOf, rightsIdPattern, saidBy } from './rights.ts';

const values = {
	name: 'DSC_1.NEF',
	takenAt: '2026-01-19T17:03:22',
	event: 'Sara & Dawit',
	camera: 'Nikon Z 6',
	photographer: 'Hana Alemu'
};

describe('presets', () => {
	it('say of each photo what is true of it', () => {
		const preset = {
			name: 'Weddings',
			caption: '{event}, {year}',
			keywords: ['wedding', '{event}', 'wedding'],
			creator: '{photographer}',
			copyright: '© {year} Studio Abeba',
			terms: ' '
		};
		expect(saidBy(preset, values)).toEqual({
			marks: { caption: 'Sara & Dawit, 2026', keywords: ['wedding', 'Sara & Dawit'] },
			rights: { creator: 'Hana Alemu', copyright: '© 2026 Studio Abeba' }
		});
		expect(saidBy({ name: 'Nothing' }, values)).toEqual({ marks: {}, rights: null });
	});

	it('are cut where variables make them too long', () => {
		const { marks, rights } = saidBy(
			{ name: 'Long', caption: '{event}'.repeat(250), creator: '{event}' },
			{ ...values, event: 'አ'.repeat(200) }
		);
		expect(marks.caption!.length).toBe(2_000);
		expect(rights!.creator!.length).toBe(120);
	});

	it('are refused with variables that nobody knows', () => {
		expect(presetSchema.safeParse({ name: 'A', caption: '{event}' }).success).toBe(true);
		expect(presetSchema.safeParse({ name: 'A', caption: '{evnt}' }).success).toBe(false);
		expect(presetSchema.safeParse({ name: ' ' }).success).toBe(false);
	});
});

it('calls the same rights the same', async () => {
	const id = await rightsIdOf({ creator: 'Hana', copyright: '©' });
	expect(id).toMatch(rightsIdPattern);
	expect(await rightsIdOf({ copyright: '©', creator: 'Hana' })).toBe(id);
	expect(await rightsIdOf({ creator: '©', copyright: 'Hana' })).not.toBe(id);
});
