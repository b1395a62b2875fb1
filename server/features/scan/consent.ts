// That guests agreed: to which words, in which event, on which day, and how many; nothing of who they are.
import { createHash } from 'node:crypto';
import { type ConsentLanguage, consentsOf } from '#shared/consent.ts';
import { AuraError } from '#shared/errors.ts';
import type { GuestConsents, ScanPage } from '#shared/scan.ts';
import type { Queries } from '../../database/database.ts';

/** The words, each with a version: the first 48 bits of its SHA-256. */
export const consentOf = (settings: Record<string, unknown>): ScanPage['consents'] =>
	consentsOf(settings).map(({ language, text, picture }) => ({
		language,
		text,
		version: versionOf(text),
		picture: picture === null ? null : { text: picture, version: versionOf(picture) }
	}));
const versionOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** What was agreed to. @throws AuraError conflict when the words are others by now */
export function agreedTo(
	settings: Record<string, unknown>,
	given: { language: ConsentLanguage; version: string },
	isPicture: boolean
): { language: ConsentLanguage; text: string; version: string } {
	const said = consentOf(settings).find(({ language }) => language === given.language);
	const words = isPicture ? said?.picture : said;
	if (!words || words.version !== given.version)
		throw new AuraError(
			'conflict',
			'The studio has changed what you agree to. Read it again, please.'
		);
	return { language: given.language, text: words.text, version: words.version };
}

export async function noteConsent(
	queries: Queries,
	place: { workspace: string; event: string },
	said: ReturnType<typeof agreedTo>
): Promise<void> {
	await queries.query(
		`insert into guest_consents (workspace_id, event_id, day, language, version, text) values ($1, $2, now()::date, $3, $4, $5)
		 on conflict (workspace_id, event_id, day, language, version) do update set count = guest_consents.count + 1`,
		[place.workspace, place.event, said.language, said.version, said.text]
	);
}

/** The latest day first. */
export const listConsents = (
	queries: Queries,
	workspace: string,
	event: string
): Promise<GuestConsents['consents']> =>
	queries.query(
		`select to_char(day, 'YYYY-MM-DD') as day, language, version, text, count from guest_consents
		 where workspace_id = $1 and event_id = $2 order by day desc, language, version limit 1000`,
		[workspace, event]
	);
