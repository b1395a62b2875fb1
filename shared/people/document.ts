// How people lie in documents; without schemas, so that pages need not carry them.
import { standingFor } from './faces.ts';
import type { Cover, PersonFacts, PersonField } from './person.ts';

/** Somebody whom people told apart. */
export interface Person {
	id: string;
	/** '': nobody has named them */
	name: string;
	isHidden: boolean;
	cover: Cover | null;
	createdAt: string;
}

/**
 * People as a document says them; who was merged into somebody else is not among them. What is unsaid of somebody is
 * taken from those who were merged into them, the earliest first.
 */
export function joinPeople(
	facts: Iterable<readonly [string, PersonFacts | null]>,
	fields: { get(key: string): unknown }
): { people: Map<string, Person>; standsFor: (person: string) => string } {
	const field = (id: string, name: PersonField) => fields.get(`${id}/${name}`) ?? null;
	const standsFor = standingFor((id) => field(id, 'mergedInto') as string | null);
	const known = [...facts].flatMap(([id, value]) => (value ? [{ id, ...value }] : []));
	const ids = new Set(known.map(({ id }) => id));
	// what was merged into somebody who is gone is its own
	const standing = (id: string) => {
		const other = standsFor(id);
		return ids.has(other) ? other : id;
	};
	known.sort((a, b) => (a.createdAt + a.id < b.createdAt + b.id ? -1 : 1));
	const people = new Map<string, Person>();
	const own = known.filter(({ id }) => standing(id) === id);
	for (const { id, createdAt } of [...own, ...known.filter((each) => !own.includes(each))]) {
		const into = people.get(standing(id));
		const name = (field(id, 'name') as string | null) ?? '';
		const cover = field(id, 'cover') as Cover | null;
		if (into) {
			into.name ||= name;
			into.cover ??= cover;
		} else people.set(id, { id, createdAt, name, cover, isHidden: field(id, 'hidden') === true });
	}
	return { people, standsFor: standing };
}
