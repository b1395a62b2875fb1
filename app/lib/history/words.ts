import type { StretchOfEvent } from '#shared/documents/history.ts';

const number = new Intl.NumberFormat('en');
const some = (count: number, one: string) =>
	`${number.format(count)} ${one}${count === 1 ? '' : 's'}`;

type Counts = Pick<StretchOfEvent, 'added' | 'removed' | 'restored' | 'changed' | 'cleared'>;

/** What somebody did, as the rest of a sentence that their name begins. */
export function stretchWords({ added, removed, restored, changed, cleared }: Counts): string {
	const parts = [
		removed > 0 && `removed ${some(removed, 'photo')}`,
		restored > 0 && `took ${some(restored, 'photo')} out of the trash`,
		cleared > 0 && `cleared ${some(cleared, 'mark')}`,
		changed > 0 && `changed ${some(changed, 'mark')}`,
		added > 0 && `added ${some(added, 'photo')}`
	].filter((part) => part !== false);
	const last = parts.pop()!;
	return `${parts.length > 0 ? `${parts.join(', ')} and ${last}` : last}.`;
}

/** Added photos stay: there is something else to put back. */
export const canTakeBack = ({ removed, restored, changed, cleared }: Counts): boolean =>
	removed + restored + changed + cleared > 0;
