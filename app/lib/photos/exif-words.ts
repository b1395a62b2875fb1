import type { PhotoType } from '#shared/photos/format.ts';
import type { Exif, PhotoFacts } from '#shared/photos/photo.ts';

/** '85 mm, f/1.8, 1/500 s, ISO 400'; null: nothing is known. */
export function exposureWords(exif: Exif | undefined): string | null {
	if (!exif) return null;
	const { focalLength, fNumber, exposureTime, iso } = exif;
	const seconds = (time: number) =>
		time >= 0.4 ? `${Number(time.toFixed(1))} s` : `1/${Math.round(1 / time)} s`;
	const said = [
		focalLength ? `${Number(focalLength.toFixed(1))} mm` : '',
		fNumber ? `f/${Number(fNumber.toFixed(1))}` : '',
		exposureTime ? seconds(exposureTime) : '',
		iso ? `ISO ${iso.toLocaleString('en')}` : ''
	].filter(Boolean);
	return said.length > 0 ? said.join(', ') : null;
}

/** '9.03° N, 38.74° E' to the metre. */
export function placeWords([north, east]: NonNullable<PhotoFacts['gps']>): string {
	const said = (degrees: number, plus: string, minus: string) =>
		`${Math.abs(degrees).toFixed(5)}° ${degrees < 0 ? minus : plus}`;
	return `${said(north, 'N', 'S')}, ${said(east, 'E', 'W')}`;
}

/** How long a film is: '1:23', '1:02:03'. @param seconds of it */
export function durationWords(seconds: number): string {
	const whole = Math.max(1, Math.round(seconds));
	const two = (value: number) => String(value).padStart(2, '0');
	const [hours, minutes, rest] = [
		Math.floor(whole / 3600),
		Math.floor(whole / 60) % 60,
		two(whole % 60)
	];
	return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

const formatNames: Partial<Record<PhotoType, string>> = {
	'image/x-raw': 'RAW',
	'video/quicktime': 'MOV',
	'video/x-matroska': 'MKV',
	'video/mp2t': 'MTS',
	'video/x-msvideo': 'AVI'
};

/** 'JPEG', 'RAW', 'MP4' */
export const formatWords = (type: PhotoType): string =>
	formatNames[type] ?? type.split('/')[1]!.toUpperCase();
