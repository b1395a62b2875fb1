// Templates with variables in braces: names of files that are imported, captions and rights of presets.

/** What a template's variables stand for. */
export interface FillIn {
	/** the file's own name, without folders */
	name: string;
	/** the camera's clock, corrected: 2026-01-19T17:03:22 */
	takenAt: string | null;
	event: string;
	camera: string | null;
	photographer: string;
	/** the photo's number among those that came with it; absent: it has none */
	number?: number;
}

/** The variables, with what each gives for an example. */
export const variables: Record<string, string> = {
	name: 'the file’s own name',
	date: '20260119',
	time: '170322',
	year: '2026',
	month: '01',
	day: '19',
	event: 'the event’s name',
	camera: 'the camera',
	photographer: 'whoever imports',
	seq: '1, or {seq:4} for 0001'
};

const variable = /\{([^{}]*)\}/g;
const LONGEST_NUMBER = 9;

/** What is wrong with a template, for people; null: nothing. */
export function problemOfTemplate(template: string): string | null {
	for (const [whole, inner] of template.matchAll(variable)) {
		const [name = '', width] = inner!.split(':');
		if (!(name in variables)) return `${whole} is no variable.`;
		if (width !== undefined && (name !== 'seq' || !/^[1-9]$/.test(width)))
			return `${whole}: only {seq} takes a width, from 1 to ${LONGEST_NUMBER}.`;
	}
	if (/[{}]/.test(template.replace(variable, ''))) return 'A brace stands alone.';
	return null;
}

const stemOf = (name: string) => name.replace(/\.[^.]*$/, '');

/** Puts values in the place of variables; what is no variable stays as it is. */
export function fillIn(template: string, values: FillIn): string {
	const [date = '', time = ''] = (values.takenAt ?? '').split('T');
	const [year = '', month = '', day = ''] = date.split('-');
	const given: Record<string, string> = {
		name: stemOf(values.name),
		date: date.replaceAll('-', ''),
		time: time.replaceAll(':', ''),
		year,
		month,
		day,
		event: values.event,
		camera: values.camera ?? '',
		photographer: values.photographer
	};
	return template.replace(variable, (whole, inner: string) => {
		const [name = '', width = '1'] = inner.split(':');
		if (name === 'seq')
			return values.number === undefined
				? ''
				: String(values.number).padStart(Number(width) || 1, '0');
		return given[name] ?? whole;
	});
}

/**
 * A file's new name: its template filled in, its ending kept. Letters that file systems do not take become hyphens, so
 * that an event called '3/4' makes no folder.
 */
export function renamed(template: string, values: FillIn): string {
	const ending = /\.[^.]*$/.exec(values.name)?.[0] ?? '';
	const stem = fillIn(template, values)
		.replace(/[<>:"/\\|?*]/g, '-')
		.replace(/\s+/g, ' ')
		// what a variable left empty leaves no double hyphens
		.replace(/([_-])\1+/g, '$1')
		.replace(/^[\s_.-]+|[\s_.-]+$/g, '');
	return (stem || stemOf(values.name)).slice(0, 200) + ending;
}
