/** Days that a photo of an event's temporary storage stays without approval, where a workspace says nothing else. */
export const TEMPORARY_DAYS = 30;
/** Name of the workspace's setting that says something else. */
export const TEMPORARY_SETTING = 'temporaryDays';
/** Days before its time is over at which people are warned, the earliest first. */
export const WARNING_DAYS = [7, 1] as const;

/** @returns the days of a workspace, whatever its settings say */
export function temporaryDaysOf(settings: Record<string, unknown>): number {
	const days = settings[TEMPORARY_SETTING];
	return typeof days === 'number' && Number.isInteger(days) && days >= 2 && days <= 365
		? days
		: TEMPORARY_DAYS;
}
