// Cameras' clocks and what they are corrected by, so that the photos of several cameras are in one order.
import { z } from 'zod';
import type { PhotoFacts } from './photo.ts';

/** What a correction belongs to: a camera's body, or all of one name where they do not say which they are. */
export const clockKeyPattern = /^(?:[0-9a-f]{12}|name\/\P{Cc}{1,120})$/u;

const TWENTY_YEARS = 20 * 366 * 86_400;
/** Seconds that are added to what a camera says: positive where its clock is slow. */
export const clockSchema = z.int().min(-TWENTY_YEARS).max(TWENTY_YEARS);

/** The key of a photo's camera; null: nothing says what took it. */
export const cameraKeyOf = ({
	cameraId,
	camera
}: Pick<PhotoFacts, 'camera' | 'cameraId'>): string | null =>
	cameraId ?? (camera ? `name/${camera}` : null);

const secondsOf = (time: string): number => Date.parse(`${time}Z`) / 1000;

/** A camera's time put right; what would leave the years 1 to 9999 stays as it is. @param time 2026-01-19T17:03:22 */
export function correctedTime(time: string, seconds: number): string {
	if (seconds === 0) return time;
	const at = new Date((secondsOf(time) + seconds) * 1000);
	const year = at.getUTCFullYear();
	return year >= 1 && year <= 9999 ? at.toISOString().slice(0, 19) : time;
}

/** What makes one time of another: what a clock is corrected by that says `said` when it is `right`. */
export const correctionOf = (said: string, right: string): number =>
	Math.round(secondsOf(right) - secondsOf(said));

/** '+1 h 0 min 12 s'; '0 s'. */
export function correctionWords(seconds: number): string {
	const rest = Math.abs(seconds);
	const parts: [number, string][] = [
		[Math.floor(rest / 86_400), 'd'],
		[Math.floor(rest / 3600) % 24, 'h'],
		[Math.floor(rest / 60) % 60, 'min'],
		[rest % 60, 's']
	];
	const from = parts.findIndex(([n]) => n > 0);
	if (from === -1) return '0 s';
	const said = parts.slice(from).filter(([n]) => n > 0);
	return `${seconds < 0 ? '−' : '+'}${said.map(([n, unit]) => `${n} ${unit}`).join(' ')}`;
}
