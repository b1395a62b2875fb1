const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const steps: [Intl.RelativeTimeFormatUnit, number][] = [
	['year', 365 * 86_400],
	['month', 30 * 86_400],
	['day', 86_400],
	['hour', 3_600],
	['minute', 60]
];

/** '3 hours ago', 'in 5 days'. @param now milliseconds */
export function ago(time: string, now = Date.now()): string {
	const seconds = (Date.parse(time) - now) / 1000;
	const step = steps.find(([, size]) => Math.abs(seconds) >= size);
	return step ? words.format(Math.round(seconds / step[1]), step[0]) : 'just now';
}

const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
/** '19 Jan 2026, 10:00', in this device's time. */
export const exactTime = (time: string): string => exact.format(new Date(time));

/** How long something will take: '2 min left'. */
export function timeLeft(seconds: number): string {
	if (seconds < 10) return 'a few seconds left';
	if (seconds < 90) return `${Math.round(seconds / 10) * 10} s left`;
	const minutes = Math.round(seconds / 60);
	return minutes < 90 ? `${minutes} min left` : `${Math.round(minutes / 60)} h left`;
}
