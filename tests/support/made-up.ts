// Made-up faces, about as far from others, and from themselves, as those of people are.

/** @param random [0, 1) */
export function facesOf(random: () => number, dimensions: number) {
	const normal = () =>
		Math.sqrt(-2 * Math.log(random() || 1e-9)) * Math.cos(2 * Math.PI * random());
	const direction = (length: number): Float32Array => {
		const vector = Float32Array.from({ length: dimensions }, normal);
		const norm = Math.hypot(...vector);
		return vector.map((value) => (value / norm) * length);
	};
	return {
		/** Somebody. */
		person: () => direction(0.6),
		/** A photo of them. */
		seen(person: Float32Array): Float32Array {
			const noise = direction(0.27);
			return person.map((value, d) => value + noise[d]!);
		}
	};
}
