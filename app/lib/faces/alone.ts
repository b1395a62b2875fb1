let last: Promise<unknown> = Promise.resolve();

/** Loads engines one after the other: MediaPipe's and LiteRT's pass through the same global names. */
export function alone<T>(load: () => Promise<T>): Promise<T> {
	const made = last.then(load);
	last = made.catch(() => undefined);
	return made;
}
