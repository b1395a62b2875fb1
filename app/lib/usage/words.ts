const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes as people read them, decimal: '1.2 GB'. */
export function bytesWords(bytes: number): string {
	const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
	const value = bytes / 1000 ** power;
	const digits = value >= 100 || power === 0 ? 0 : 1;
	return `${value.toLocaleString('en', { maximumFractionDigits: digits })} ${units[power]}`;
}

/** US dollars, without cents where there are none. */
export const usdWords = (usd: number): string =>
	usd.toLocaleString('en-US', {
		style: 'currency',
		currency: 'USD',
		minimumFractionDigits: Number.isInteger(usd) ? 0 : 2
	});

export const countWords = (count: number): string => count.toLocaleString('en');

/** '12 GB of 50 GB', or '12 GB' where there is no limit. */
export const ofLimit = (
	used: number,
	limit: number | null,
	words: (value: number) => string
): string => (limit === null ? words(used) : `${words(used)} of ${words(limit)}`);
