// eslint-disable-next-line no-control-regex -- control characters are exactly what is meant
const unwanted = /[\u0000-\u001f\u007f-\u009f]/g;

/**
 * A file's name as it is kept for showing: as given, less control characters and the folders before it,
 * at most 255 characters. Never used as a path.
 */
export function shownName(name: string): string {
	const last = name.replace(unwanted, '').split(/[/\\]/).pop()!.trim().toWellFormed();
	return [...last].slice(0, 255).join('').slice(0, 255).toWellFormed() || 'photo';
}

const reserved = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;
// Bidirectional controls and other invisible characters disguise what a name ends with.
const disguises = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/**
 * A name that every file system takes, for downloads and archives.
 * @param taken names already used; compared without case and Unicode form, the result is added
 */
export function safeFileName(name: string, taken: Set<string> = new Set()): string {
	let safe = shownName(name)
		.normalize('NFC')
		.replace(disguises, '')
		.replace(/[<>:"|?*]/g, '_')
		.replace(/[. ]+$/, '');
	if (safe === '' || reserved.test(safe)) safe = `_${safe}`;
	const dot = safe.lastIndexOf('.');
	const [stem, extension] = dot > 0 ? [safe.slice(0, dot), safe.slice(dot)] : [safe, ''];
	const short = [...stem].slice(0, 100).join('');
	const tail = [...extension]
		.slice(0, 20)
		.join('')
		.replace(/[. ]+$/, '');
	for (let n = 1; ; n++) {
		const candidate = n === 1 ? short + tail : `${short} (${n})${tail}`;
		const key = candidate.normalize('NFKC').toLowerCase();
		if (taken.has(key)) continue;
		taken.add(key);
		return candidate;
	}
}
