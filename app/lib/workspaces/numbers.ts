import type { WorkspaceNumbers } from '#shared/usage.ts';
import { bytesWords, countWords, ofLimit, usdWords } from '../usage/words.ts';

/** A line of what is in a workspace: '12 events · 3,400 photos · 12 GB of 50 GB · $40 of $100'. */
export function numbersLine(of: WorkspaceNumbers): string {
	const parts = [
		`${countWords(of.events)} ${of.events === 1 ? 'event' : 'events'}`,
		`${countWords(of.photos)} ${of.photos === 1 ? 'photo' : 'photos'}`
	];
	if (of.bytes !== null) parts.push(ofLimit(of.bytes, of.quotaBytes, bytesWords));
	if (of.budgetUsd !== null) parts.push(ofLimit(of.spentUsd ?? 0, of.budgetUsd, usdWords));
	return parts.join(' · ');
}
