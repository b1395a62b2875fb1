// Who is on the photos of an event: told apart on this device, with what people said, and what the server knows from other events.
import type { Person } from '#shared/people/document.ts';
import { call } from '../api/client.ts';
import type { DeviceDatabase } from '../device/database.ts';
import type { EventState } from '../events/event.svelte.ts';
import type { Studio } from '../studio/studio.svelte.ts';
import { type PeopleList, peopleOf } from './people.svelte.ts';
import { type ShownFace, type Somebody, photoOf } from './somebody.ts';

/** Faces that are said to be somebody when a group is named: if later photos divide it, each part has some. */
const SAID = 5;
/** It is looked again no more often than costs a part of the time, and no more than once a second, ms. */
const PART = 5;
const REST_MS = 1_000;

const knownKey = (event: string): string => `known-people/${event}`;
/** What the server said of an event's faces from other events: face -> person. */
export async function readKnown(
	database: DeviceDatabase,
	event: string
): Promise<[key: string, person: string][]> {
	const kept = await database.settings.get(knownKey(event));
	return (kept?.value as [string, string][] | undefined) ?? [];
}

export class EventPeople {
	people = $state.raw<Somebody[] | null>(null);
	/** face -> somebody; no derived state, which would end with the component that asked first */
	byFace = $state.raw<ReadonlyMap<string, Somebody>>(new Map());
	/** pairs who may be one person */
	alike = $state.raw<[Somebody, Somebody][]>([]);
	problem = $state('');
	/** whom the studio told apart */
	list = $state.raw<PeopleList | null>(null);
	#known: [key: string, person: string][] = [];
	#isLooking = false;
	#isStale = false;

	constructor(
		private readonly studio: Studio,
		private readonly event: EventState
	) {
		void peopleOf(studio).then((list) => (this.list = list));
		void this.#fetchKnown();
	}

	personOf({ person }: Somebody): Person | undefined {
		return this.list?.get(person);
	}

	/** Reads what looking depends on, so that an effect looks again when it changes. */
	follow(): void {
		void [this.event.faceCount, this.event.photos, this.event.said, this.list?.merged];
		void this.look();
	}

	/** Looks who there is; while an import goes on, no more often than it costs little. */
	async look(): Promise<void> {
		this.#isStale = this.#isLooking;
		if (this.#isLooking || !this.list) return;
		this.#isLooking = true;
		const began = performance.now();
		try {
			const found = await this.event.faces.people(
				this.event.stacks.leads.map(({ id }) => id),
				{ ...this.event.said, known: this.#known, standsFor: new Map(this.list.merged) }
			);
			this.people = found.people;
			this.byFace = new Map(
				found.people.flatMap((somebody) =>
					somebody.faces.map(({ key }) => [key, somebody] as const)
				)
			);
			this.alike = found.alike.map(([a, b]) => [found.people[a]!, found.people[b]!]);
			this.problem = '';
		} catch (error) {
			this.problem = (error as Error).message;
		}
		const spent = performance.now() - began;
		// what was said meanwhile is shown at once
		setTimeout(
			() => {
				this.#isLooking = false;
				if (this.#isStale) void this.look();
			},
			spent < REST_MS / PART ? 0 : Math.max(REST_MS, PART * spent)
		);
	}

	/** What the server knows of these photos from other events; kept for when there is no network. */
	async #fetchKnown(): Promise<void> {
		this.#known = await readKnown(this.studio.database, this.event.id);
		const params = { workspace: this.event.workspace, event: this.event.id };
		const answer = await call('GET /api/workspaces/{workspace}/events/{event}/appearances', {
			params
		}).catch(() => null);
		if (!answer) return;
		this.#known = answer.appearances
			.filter(({ origin }) => origin === 'known')
			.map(({ face, person }) => [face, person]);
		const key = knownKey(this.event.id);
		await this.studio.database.settings.put({ key, value: this.#known });
		void this.look();
	}

	/** Makes somebody a person whom decisions can name. */
	#ensure(somebody: Somebody): string {
		const known = this.personOf(somebody);
		const id = known?.id ?? this.list!.create();
		this.#say(somebody, id);
		return id;
	}
	/** Says of the best faces of a group who they are; of each photo one. */
	#say({ faces }: Somebody, person: string): void {
		const photos = new Set<string>();
		const best = faces.filter((face) => !photos.has(photoOf(face)) && photos.add(photoOf(face)));
		this.event.identify(
			best.slice(0, SAID).map(({ key }) => key),
			person
		);
	}

	/** Names somebody: whoever is called so already is the same person, unless this one has a name. */
	name(somebody: Somebody, name: string): void {
		const list = this.list!;
		const known = this.personOf(somebody);
		const namesake = known?.name ? undefined : list.called(name);
		if (known && namesake) list.merge(known.id, namesake.id);
		else if (known) list.rename(known.id, name);
		this.#say(somebody, (namesake ?? known)?.id ?? list.create({ name: name.trim() }));
	}
	hide(somebody: Somebody, isHidden: boolean): void {
		this.list!.hide(this.#ensure(somebody), isHidden);
	}
	/** Two are one; the one with a name stays. */
	same(one: Somebody, other: Somebody): void {
		const [a, b] = [this.personOf(one), this.personOf(other)];
		if (a && b) {
			const [into, from] = a.name || !b.name ? [a, b] : [b, a];
			this.list!.merge(from.id, into.id);
		} else if (b) this.#say(one, b.id);
		else this.#say(other, this.#ensure(one));
	}
	/** Two are two, and it is not asked again. */
	different(one: Somebody, other: Somebody): void {
		this.#ensure(one);
		this.#ensure(other);
	}
	/** These faces are not this person. */
	notThem(faces: readonly ShownFace[], person: Person): void {
		const ids = [...(this.list?.merged ?? [])].flatMap(([id, into]) =>
			into === person.id ? [id] : []
		);
		this.event.exclude(
			faces.map(({ key }) => key),
			[person.id, ...ids]
		);
	}
	/** These faces are somebody of this name, whom it makes if there is none. */
	nameFaces(faces: readonly ShownFace[], name: string): void {
		const person = this.list!.called(name) ?? { id: this.list!.create({ name: name.trim() }) };
		this.event.identify(
			faces.map(({ key }) => key),
			person.id
		);
	}
	cover(face: ShownFace, person: Person): void {
		this.list!.cover(person.id, { event: this.event.id, face: face.key });
	}
}

const open = new WeakMap<EventState, EventPeople>();
export function peopleOfEvent(studio: Studio, event: EventState): EventPeople {
	const known = open.get(event) ?? new EventPeople(studio, event);
	open.set(event, known);
	return known;
}
