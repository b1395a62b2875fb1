/** Keywords as people type them, with commas or on lines, to a list: each once, at most 100 of at most 64 characters. */
export function keywordsOf(text: string): string[] {
	const words = new Map<string, string>();
	for (const part of text.split(/[,;\n]/)) {
		const word = part.trim().replace(/\s+/g, ' ').slice(0, 64).trim().toWellFormed();
		if (word && !words.has(word.toLowerCase())) words.set(word.toLowerCase(), word);
	}
	return [...words.values()].slice(0, 100);
}
