// Whom the studio told apart, read from its document: the same with and without a network.
import type * as Y from 'yjs';
import { type Person, joinPeople } from '#shared/people/document.ts';
import type { Cover, PersonFacts, PersonField } from '#shared/people/person.ts';
import type { Replica } from '#sync/replica/replica.ts';
import type { Studio } from '../studio/studio.svelte.ts';

type Values = { [Field in PersonField]?: unknown };

export class PeopleList {
	/** people by their id, without those who were merged into others */
	all = $state.raw<ReadonlyMap<string, Person>>(new Map());
	/** the person that somebody was merged into, or themselves */
	standsFor = $state.raw<(person: string) => string>((person) => person);
	/** those who were merged -> into whom */
	merged = $state.raw<ReadonlyMap<string, string>>(new Map());

	readonly named = $derived(
		[...this.all.values()]
			.filter(({ name }) => name !== '')
			.sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1))
	);

	constructor(
		private readonly replica: Replica,
		private readonly me: string
	) {
		this.#follow(replica.doc);
		replica.onReplaced((doc) => this.#follow(doc));
	}

	#follow(doc: Y.Doc): void {
		let isScheduled = false;
		const later = () => {
			if (isScheduled) return;
			isScheduled = true;
			queueMicrotask(() => {
				isScheduled = false;
				this.#read(doc);
			});
		};
		doc.getMap('people').observe(later);
		doc.getMap('personFields').observe(later);
		this.#read(doc);
	}

	#read(doc: Y.Doc): void {
		const facts = doc.getMap<PersonFacts | null>('people');
		const { people, standsFor } = joinPeople(facts.entries(), doc.getMap('personFields'));
		this.all = people;
		this.standsFor = standsFor;
		this.merged = new Map(
			[...facts.keys()].flatMap((id): [string, string][] =>
				standsFor(id) === id ? [] : [[id, standsFor(id)]]
			)
		);
	}

	get(person: string | null): Person | undefined {
		return person === null ? undefined : this.all.get(this.standsFor(person));
	}

	/** Tells somebody apart. @returns their id */
	create(values: { name?: string; hidden?: true } = {}): string {
		const id = crypto.randomUUID();
		const { doc } = this.replica;
		const facts: PersonFacts = { createdAt: new Date().toISOString(), by: this.me };
		doc.transact(() => {
			doc.getMap('people').set(id, facts);
			this.#set(id, values);
		});
		return id;
	}

	/** The one person of this name, if there is one. */
	called(name: string): Person | undefined {
		const wanted = name.trim().toLocaleLowerCase();
		const found = this.named.filter((person) => person.name.toLocaleLowerCase() === wanted);
		return found.length === 1 ? found[0] : undefined;
	}

	rename(id: string, name: string): void {
		this.#set(id, { name: name.trim() || null });
	}
	hide(id: string, isHidden: boolean): void {
		this.#set(id, { hidden: isHidden || null });
	}
	cover(id: string, cover: Cover): void {
		this.#set(id, { cover });
	}
	/** Two are one from now on. @returns takes it back */
	merge(id: string, into: string): () => void {
		const from = this.standsFor(id);
		const to = this.standsFor(into);
		if (from === to) return () => undefined;
		this.#set(from, { mergedInto: to });
		return () => this.#set(from, { mergedInto: null });
	}

	#set(id: string, values: Values): void {
		const { doc } = this.replica;
		const fields = doc.getMap('personFields');
		doc.transact(() => {
			for (const [field, value] of Object.entries(values))
				if ((fields.get(`${id}/${field}`) ?? null) !== value) fields.set(`${id}/${field}`, value);
		});
	}
}

const lists = new WeakMap<Studio, Map<string, Promise<PeopleList>>>();

/** The people of a studio, as far as this person sees them; read once. */
export function peopleOf(studio: Studio): Promise<PeopleList> {
	const known = lists.get(studio) ?? new Map<string, Promise<PeopleList>>();
	lists.set(studio, known);
	// whose role changes reads another document
	const { name } = studio.projects;
	let opening = known.get(name);
	if (!opening) {
		opening = studio.registry
			.open(name)
			.then(({ replica }) => new PeopleList(replica, studio.person));
		known.set(name, opening);
	}
	return opening;
}
