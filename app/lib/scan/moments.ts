import type { ScanMatch } from '#shared/scan.ts';

/** Photos with a longer pause between them are of two moments, minutes. */
const PAUSE = 30;

export interface Moment {
	/** when it began, as the camera's clock had it; null: of these it is not known */
	begins: string | null;
	matches: ScanMatch[];
}

// the camera said no zone: what it showed is read, and shown again, as it is
const minutesOf = (time: string) => Date.parse(`${time.slice(0, 19)}Z`) / 60_000;

/** Photos in the order in which they were taken, by moments; those without a time come last, as they came. */
export function momentsOf(matches: readonly ScanMatch[]): Moment[] {
	const timed = matches
		.flatMap((match) => (match.takenAt ? [{ match, time: match.takenAt }] : []))
		.sort((a, b) => minutesOf(a.time) - minutesOf(b.time));
	const moments: Moment[] = [];
	let last = -Infinity;
	for (const { match, time } of timed) {
		const minutes = minutesOf(time);
		if (minutes - last > PAUSE) moments.push({ begins: time, matches: [] });
		moments.at(-1)!.matches.push(match);
		last = minutes;
	}
	const others = matches.filter(({ takenAt }) => !takenAt);
	return others.length > 0 ? [...moments, { begins: null, matches: others }] : moments;
}

/** What stands above a moment, among others. */
export function titleOf({ begins }: Moment, isOneDay: boolean): string {
	if (begins === null) return 'At some time';
	const at = new Date(`${begins.slice(0, 19)}Z`);
	const how = { timeZone: 'UTC', hour: '2-digit', minute: '2-digit' } as const;
	return isOneDay
		? at.toLocaleTimeString('en-GB', how)
		: at.toLocaleString('en-GB', { ...how, weekday: 'long', day: 'numeric', month: 'long' });
}
