import { AuraError } from '#shared/errors.ts';

export type Row = Record<string, string | number | boolean | null>;

/** Columns as wide as their longest value, a header over them. */
export function tableOf(rows: Row[]): string {
	if (rows.length === 0) return 'None.';
	const names = Object.keys(rows[0]!);
	const text = (value: Row[string] | undefined) =>
		value === null || value === undefined ? '' : String(value);
	const widths = names.map((name) =>
		Math.max(name.length, ...rows.map((row) => text(row[name]).length))
	);
	const line = (values: string[]) =>
		values
			.map((value, i) => value.padEnd(widths[i]!))
			.join('  ')
			.trimEnd();
	return [line(names), ...rows.map((row) => line(names.map((name) => text(row[name]))))].join('\n');
}

/** What a command tells: rows, one thing, or a sentence. */
export type Told = Row[] | Row | string;

/** Runs a command and tells its answer, or why there is none. */
export type Tell = (run: () => Promise<Told>) => Promise<void>;

/** For people: tables and lines; for scripts, with --json: one JSON value. */
export function render(told: Told, asJson: boolean): string {
	if (asJson) return JSON.stringify(typeof told === 'string' ? { message: told } : told);
	if (typeof told === 'string') return told;
	if (Array.isArray(told)) return tableOf(told);
	const width = Math.max(...Object.keys(told).map((name) => name.length));
	return Object.entries(told)
		.map(([name, value]) => `${name.padEnd(width)}  ${value ?? ''}`.trimEnd())
		.join('\n');
}

/** @throws AuraError invalid with the choices */
export function oneOf<Choice extends string>(
	choices: readonly Choice[],
	given: string,
	what: string
): Choice {
	if ((choices as readonly string[]).includes(given)) return given as Choice;
	throw new AuraError('invalid', `${given} is no ${what}. There are: ${choices.join(', ')}.`);
}
