/** A day as the calendar of the place has it: '19 January 2026'. @param day 2026-01-19 */
export const longDay = (day: string, locale = 'en-GB'): string =>
	new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(
		new Date(`${day}T00:00:00Z`)
	);

/** Today where this device is: 2026-01-19. */
export function today(now = new Date()): string {
	const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
	return local.toISOString().slice(0, 10);
}
