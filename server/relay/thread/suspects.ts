/** ms for which somebody may not open a document after it was the last thing that a thread did; doubles each time. */
const wait = { first: 10_000, longest: 10 * 60_000 };

/** Who was being heard, or what was being opened, when the relay's thread had to be ended: they wait, all others go on. */
export function createSuspects(now: () => number) {
	const known = new Map<string, { until: number; ms: number }>();
	const keyOf = (document: string, person = '') => `${person} ${document}`;
	const left = (key: string) => (known.get(key)?.until ?? 0) - now();
	return {
		/** @param person missing: whoever opens it */
		add(document: string, person?: string): void {
			for (const [key, { until, ms }] of known) if (until + ms < now()) known.delete(key);
			const key = keyOf(document, person);
			const ms = Math.min(wait.longest, (known.get(key)?.ms ?? wait.first / 2) * 2);
			known.set(key, { until: now() + ms, ms });
		},
		/** @returns ms until this person may open the document */
		wait: (document: string, person: string): number =>
			Math.max(0, left(keyOf(document)), left(keyOf(document, person)))
	};
}
