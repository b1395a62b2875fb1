import type { Box } from '#shared/faces/sidecar.ts';

/** One of the people of an event, whom nobody has named: their best face, and the photos that they are on. */
export interface Somebody {
	/** where that face is */
	photo: string;
	box: Box;
	/** ids, the best first */
	photos: string[];
}
