/** Name of the workspace's setting that says after how many days what is known of faces goes. */
export const FACE_DAYS_SETTING = 'faceDays';
export const MAX_FACE_DAYS = 3_650;

/** @returns the days of a workspace, whatever its settings say; null: faces stay known */
export function faceDaysOf(settings: Record<string, unknown>): number | null {
	const days = settings[FACE_DAYS_SETTING];
	return typeof days === 'number' && Number.isInteger(days) && days >= 1 && days <= MAX_FACE_DAYS
		? days
		: null;
}
