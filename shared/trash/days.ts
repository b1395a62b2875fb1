/** Days that what was deleted can be restored, where a workspace says nothing else. */
export const TRASH_DAYS = 30;
/** Name of the workspace's setting that says something else. */
export const TRASH_SETTING = 'trashDays';

/** @returns the days of a workspace, whatever its settings say */
export function trashDaysOf(settings: Record<string, unknown>): number {
	const days = settings[TRASH_SETTING];
	return typeof days === 'number' && Number.isInteger(days) && days >= 1 && days <= 365
		? days
		: TRASH_DAYS;
}
