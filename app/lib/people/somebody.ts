import { placeOf } from '#shared/people/faces.ts';
import type { Box } from '#shared/faces/sidecar.ts';

/** A face on a photo of an event. */
export interface ShownFace {
	/** `<photo>/<x>,<y>` */
	key: string;
	box: Box;
}

/** One of the people of an event. */
export interface Somebody {
	/** whom somebody said that they are; null: nobody has */
	person: string | null;
	/** the best first */
	faces: ShownFace[];
}

/** The people of an event, those on most photos first, and places of pairs who may be one person, what is worth most first. */
export interface WhoIsWho {
	people: Somebody[];
	alike: [number, number][];
}

/** What people said of faces, as it goes to the worker. */
export interface Said {
	/** face -> person */
	identified: [key: string, person: string | null][];
	/** face/person */
	excluded: [key: string, is: true | null][];
	/** what the server knows from other events: face -> person */
	known: [key: string, person: string][];
	/** those who were merged into others -> into whom */
	standsFor: Map<string, string>;
}

export const photoOf = (face: ShownFace | string): string =>
	placeOf(typeof face === 'string' ? face : face.key).photo;

/** Photos with somebody, each once, the best first. */
export const photosOf = ({ faces }: Somebody): string[] => [...new Set(faces.map(photoOf))];
