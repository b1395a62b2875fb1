// Holds the faces of the events that were grouped last, so that photos that come cost little.
import { type Grouped, Grouping } from '#shared/people/cluster.ts';

/** A face as the database gives it. */
export interface FaceRow {
	id: string;
	photo: string;
	quality: number;
	/** as pgvector writes it */
	embedding: string;
}

export interface GroupRequest {
	event: string;
	/** whether what is held of the event is of no use any more */
	isAnew: boolean;
	threshold: number;
	/** faces that are not held yet */
	faces: FaceRow[];
	/** photos that do not count */
	without: string[];
	is: [face: string, person: string][];
	isNot: [face: string, people: string[]][];
}

/** Events whose faces are held, at most. */
const HELD = 4;

export function createGrouper(): { group(request: GroupRequest): Grouped['groups'] } {
	/** the one that was asked for last comes last */
	const held = new Map<string, Grouping>();
	return {
		group({ event, isAnew, threshold, faces, without, is, isNot }) {
			const grouping = (!isAnew && held.get(event)) || new Grouping(threshold);
			held.delete(event);
			held.set(event, grouping);
			if (held.size > HELD) held.delete(held.keys().next().value!);
			grouping.add(
				faces.map(({ embedding, ...face }) => ({
					...face,
					embedding: Float32Array.from(JSON.parse(embedding) as number[])
				}))
			);
			const gone = new Set(without);
			const told = {
				is: new Map(is),
				isNot: new Map(isNot.map(([face, people]) => [face, new Set(people)] as const))
			};
			return grouping.people(told, (photo) => !gone.has(photo)).groups;
		}
	};
}
export const HELD_EVENTS = HELD;
