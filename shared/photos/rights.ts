// Who made a photo and what may be done with it, and presets that say it of many (IPTC Photo Metadata Standard 2023.2).
import { z } from 'zod';
import { sha256Hex } from '../bytes.ts';
import { type FillIn, fillIn, problemOfTemplate } from './fill-in.ts';
import type { PhotoMarks } from './photo.ts';

const words = (most: number) =>
	z
		.string()
		.trim()
		.min(1)
		.max(most)
		// eslint-disable-next-line no-control-regex -- control characters are exactly what is refused
		.regex(/^[^\u0000-\u0008\u000b-\u001f\u007f]*$/);

export const rightsSchema = z.strictObject({
	/** IPTC Creator */
	creator: words(120).optional(),
	/** IPTC Credit Line */
	credit: words(120).optional(),
	/** IPTC Copyright Notice */
	copyright: words(300).optional(),
	/** IPTC Rights Usage Terms */
	terms: words(1_000).optional()
});
export type Rights = z.infer<typeof rightsSchema>;
export const rightsFields = ['creator', 'credit', 'copyright', 'terms'] as const;

/** What rights are called in an event: thousands of photos say the same, and it is kept once. */
export const rightsIdPattern = /^[0-9a-f]{16}$/;

/** @returns the first 64 bits of a hash over what they say */
export async function rightsIdOf(rights: Rights): Promise<string> {
	const said = rightsFields.map((field) => rights[field] ?? null);
	return (await sha256Hex(new TextEncoder().encode(JSON.stringify(said)))).slice(0, 16);
}

const template = (most: number) =>
	words(most).refine((text) => problemOfTemplate(text) === null, 'A variable is not known.');

/** What is said of every photo that a preset is applied to; with variables. */
export const presetSchema = z.strictObject({
	name: words(80),
	caption: template(2_000).optional(),
	keywords: z.array(z.string().min(1).max(64)).max(100).optional(),
	creator: template(120).optional(),
	credit: template(120).optional(),
	copyright: template(300).optional(),
	terms: template(1_000).optional()
});
export type Preset = z.infer<typeof presetSchema>;

/** A preset's words about one photo, variables filled in and cut where they became too long. */
export function saidBy(
	preset: Preset,
	values: FillIn
): { marks: Pick<PhotoMarks, 'caption' | 'keywords'>; rights: Rights | null } {
	const filled = (text: string | undefined, most: number) =>
		text && fillIn(text, values).replace(/\s+/g, ' ').trim().slice(0, most).trim().toWellFormed();
	const caption = filled(preset.caption, 2_000);
	const keywords = [
		...new Set((preset.keywords ?? []).map((word) => filled(word, 64)!).filter(Boolean))
	];
	const given = {
		creator: filled(preset.creator, 120),
		credit: filled(preset.credit, 120),
		copyright: filled(preset.copyright, 300),
		terms: filled(preset.terms, 1_000)
	};
	const rights = Object.fromEntries(Object.entries(given).filter(([, text]) => text)) as Rights;
	return {
		marks: { ...(caption ? { caption } : {}), ...(keywords.length > 0 ? { keywords } : {}) },
		rights: Object.keys(rights).length > 0 ? rights : null
	};
}
