// What cameras say, in words.

const number = new Intl.NumberFormat('en');

/** '42 GB, 5,000 photos free' */
export function roomWords(bytes: number, images: number | null): string {
	const gigabytes = bytes / 1e9;
	const room = gigabytes >= 1 ? `${Math.round(gigabytes)} GB` : `${Math.round(bytes / 1e6)} MB`;
	return images === null ? `${room} free` : `${room}, ${number.format(images)} photos free`;
}

/** How far a camera's clock is off: 'Clock 2 min behind'. @param offset seconds, its clock less the true time */
export function clockWords(offset: number): string {
	const seconds = Math.abs(offset);
	const [amount, unit] =
		seconds < 90
			? [seconds, 's']
			: seconds < 90 * 60
				? [Math.round(seconds / 60), 'min']
				: seconds < 36 * 3600
					? [Math.round(seconds / 3600), 'h']
					: [Math.round(seconds / 86_400), Math.round(seconds / 86_400) === 1 ? 'day' : 'days'];
	return `Clock ${number.format(amount as number)} ${unit} ${offset > 0 ? 'ahead' : 'behind'}`;
}
