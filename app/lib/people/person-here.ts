// A person's page from what this device has, for when the server cannot be reached.
import { shareOf } from '#shared/people/faces.ts';
import type { PersonPage } from '#shared/people/listing.ts';
import type { PhotoFacts } from '#shared/photos/photo.ts';
import type { Studio } from '../studio/studio.svelte.ts';
import { readKnown } from './event-people.svelte.ts';
import type { PeopleList } from './people.svelte.ts';
import { type ShownFace, type Somebody, photoOf } from './somebody.ts';

/** Events that are looked through, the latest: each is opened for it. */
const MAX_EVENTS = 30;
/** People who are said to be on photos with somebody, at most. */
const MAX_WITH = 24;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

type Appearance = PersonPage['appearances'][number];

/** What is known of an event. */
interface EventHere {
	id: string;
	people: readonly Somebody[];
	facts: ReadonlyMap<string, PhotoFacts>;
	/** faces of which somebody said who they are */
	said: ReadonlySet<string>;
}

/** Photos of an event with this person, in the order of the camera's clock. @param isThem whether an id stands for them */
export function appearancesIn(
	{ id, people, facts, said }: EventHere,
	isThem: (person: string | null) => boolean
): Appearance[] {
	const onPhoto = new Map<string, ShownFace[]>();
	const whenOf = ({ photo, takenAt }: Appearance) => takenAt ?? facts.get(photo)!.importedAt;
	for (const face of people.flatMap(({ faces }) => faces))
		onPhoto.set(photoOf(face), [...(onPhoto.get(photoOf(face)) ?? []), face]);
	return people
		.filter(({ person }) => isThem(person))
		.flatMap(({ faces }) => faces)
		.flatMap((face): Appearance[] => {
			const photo = photoOf(face);
			const known = facts.get(photo);
			if (!known) return [];
			const share = shareOf(face.box);
			return [
				{
					...{ event: id, photo, face: face.key, share },
					rank: 1 + onPhoto.get(photo)!.filter((other) => shareOf(other.box) > share).length,
					origin: said.has(face.key) ? 'said' : 'grouped',
					...{ name: known.name, width: known.width, height: known.height },
					takenAt: known.takenAt ?? null
				}
			];
		})
		.sort((a, b) => compare(whenOf(a), whenOf(b)) || compare(a.photo, b.photo));
}

/** Who is on the same photos, most often first; nobody who is hidden. */
export function companyOf(
	events: readonly EventHere[],
	appearances: readonly Appearance[],
	list: Pick<PeopleList, 'standsFor' | 'get'>,
	id: string
): PersonPage['with'] {
	const theirs = new Set(appearances.map(({ event, photo }) => `${event}/${photo}`));
	const photos = new Map<string, Set<string>>();
	for (const event of events)
		for (const { person, faces } of event.people) {
			const other = person === null ? id : list.standsFor(person);
			if (other === id || list.get(other)?.isHidden !== false) continue;
			const shared = photos.get(other) ?? new Set();
			for (const face of faces) {
				const key = `${event.id}/${photoOf(face)}`;
				if (theirs.has(key)) shared.add(key);
			}
			photos.set(other, shared);
		}
	return [...photos]
		.filter(([, shared]) => shared.size > 0)
		.map(([person, shared]) => ({ person, photos: shared.size }))
		.sort((a, b) => b.photos - a.photos || (a.person < b.person ? -1 : 1));
}

async function readEvent(studio: Studio, list: PeopleList, id: string): Promise<EventHere> {
	const [event, known] = await Promise.all([studio.event(id), readKnown(studio.database, id)]);
	const leads = event.stacks.leads.map((photo) => photo.id);
	const words = { ...event.said, known, standsFor: new Map(list.merged) };
	const { people } = await event.readFaces((faces) => faces.people(leads, words));
	const said = words.identified.flatMap(([face, person]) => (person === null ? [] : [face]));
	return {
		...{ id, people, said: new Set(said) },
		facts: new Map(event.photos.map((photo) => [photo.id, photo.facts]))
	};
}

/**
 * Looks through the events that this device has, the latest first.
 * @param show is given what was found so far, after each event. @returns whether more is wanted
 * @returns null when the studio has no such person
 */
export async function personHere(
	studio: Studio,
	list: PeopleList,
	person: string,
	show: (page: PersonPage) => boolean
): Promise<PersonPage | null> {
	const them = list.get(person);
	if (!them) return null;
	const keys = await studio.database.sidecars.orderBy('event').uniqueKeys();
	const dayOf = (id: string) => studio.projects.get(id)?.date ?? '';
	const ids = (keys as string[])
		.filter((id) => studio.projects.get(id))
		.sort((a, b) => compare(dayOf(b), dayOf(a)) || compare(a, b))
		.slice(0, MAX_EVENTS);
	const events: EventHere[] = [];
	const isThem = (id: string | null) => id !== null && list.standsFor(id) === them.id;
	const pageOf = (): PersonPage => {
		const appearances = events.flatMap((event) => appearancesIn(event, isThem));
		return {
			person: {
				...{ id: them.id, name: them.name, isHidden: them.isHidden, cover: null },
				photos: new Set(appearances.map(({ event, photo }) => `${event}/${photo}`)).size,
				events: new Set(appearances.map(({ event }) => event)).size
			},
			appearances,
			with: companyOf(events, appearances, list, them.id).slice(0, MAX_WITH)
		};
	};
	let page = pageOf();
	for (const id of ids) {
		events.push(await readEvent(studio, list, id));
		if (!show((page = pageOf()))) break;
	}
	return page;
}
