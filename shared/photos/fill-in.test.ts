import { describe, expect, it } from 'vitest';
import { type FillIn, fillIn, problemOfTemplate, renamed } from './fill-in.ts';

const values: FillIn = {
	name: 'DSC_0042.NEF',
	takenAt: '2026-01-19T17:03:22',
	event: 'Sara & Dawit',
	camera: 'Nikon Z 6',
	photographer: 'Hana',
	number: 7
};

describe('templates with variables', () => {
	it('are filled in', () => {
		expect(fillIn('{date} {time} {event} {seq:4} {seq}', values)).toBe(
			'20260119 170322 Sara & Dawit 0007 7'
		);
		expect(fillIn('© {year} {photographer}, {camera}', values)).toBe('© 2026 Hana, Nikon Z 6');
	});

	it('keep what is no variable, and values with braces are not filled in again', () => {
		expect(fillIn('{nonsense} {event}', { ...values, event: '{seq:4}' })).toBe(
			'{nonsense} {seq:4}'
		);
		expect(fillIn('{event}', { ...values, event: '$& $1' })).toBe('$& $1');
	});

	it('say what is wrong with them', () => {
		expect(problemOfTemplate('{date}_{event}_{seq:4}')).toBeNull();
		expect(problemOfTemplate('{datum}')).toContain('{datum}');
		expect(problemOfTemplate('{date:4}')).toContain('width');
		expect(problemOfTemplate('{seq:0}')).toContain('width');
		expect(problemOfTemplate('{seq:400}')).toContain('width');
		expect(problemOfTemplate('{date')).toContain('brace');
	});

	it('name files and keep their endings', () => {
		expect(renamed('{date}_{event}_{seq:4}', values)).toBe('20260119_Sara & Dawit_0007.NEF');
		expect(renamed('{name}', values)).toBe('DSC_0042.NEF');
	});

	it('make no folders, no hidden files and no empty names', () => {
		expect(renamed('{event}', { ...values, event: '../../etc/passwd' })).toBe('etc-passwd.NEF');
		expect(renamed('{date}_{seq:3}', { ...values, takenAt: null })).toBe('007.NEF');
		expect(renamed('{date}', { ...values, takenAt: null })).toBe('DSC_0042.NEF');
		expect(renamed('{event}', { ...values, event: 'x'.repeat(500) }).length).toBeLessThan(210);
	});
});
