/** Work of which only so much runs at a time; the rest waits in its order. */
export interface Lanes {
	run<T>(work: () => Promise<T>): Promise<T>;
	/** how much waits */
	waiting(): number;
}

export function createLanes(most: number): Lanes {
	const waiting: (() => void)[] = [];
	let running = 0;
	return {
		async run(work) {
			if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
			else running++;
			try {
				return await work();
			} finally {
				const next = waiting.shift();
				if (next) next();
				else running--;
			}
		},
		waiting: () => waiting.length
	};
}
