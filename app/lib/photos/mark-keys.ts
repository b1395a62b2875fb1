import type { MarkField, PhotoMarks } from '#shared/photos/photo.ts';

/** Sets a mark of some photos; null clears it. */
interface Markable {
	mark<Field extends MarkField>(
		photos: string[],
		field: Field,
		value: PhotoMarks[Field] | null
	): void;
	marks(photo: string): PhotoMarks;
	/** Lets photos stay that were there for the time being. */
	approve(photos: string[]): void;
}

/**
 * The culling keys that grid and loupe share: P pick, X reject, U unflag, 1 to 5 stars, 0 clears them; V the client's favourite; A approves.
 * @param mayApprove whether photos that are there for the time being are this person's to approve
 * @returns whether the key was one of them
 */
export function markByKey(
	event: Markable,
	photo: string,
	key: string,
	mayApprove: boolean
): boolean {
	if (key === 'p') event.mark([photo], 'flag', 'pick');
	else if (key === 'x') event.mark([photo], 'flag', 'reject');
	else if (key === 'u') event.mark([photo], 'flag', null);
	else if (/^[0-5]$/.test(key)) event.mark([photo], 'rating', Number(key) || null);
	else if (key === 'v')
		event.mark([photo], 'favourite', event.marks(photo).favourite ? null : true);
	else if (key === 'a' && mayApprove) event.approve([photo]);
	else return false;
	return true;
}
