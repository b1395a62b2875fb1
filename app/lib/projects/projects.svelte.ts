import { SvelteMap } from 'svelte/reactivity';
import type { Project, ProjectFacts } from '#shared/projects/project.ts';
import type { Studio } from '../studio/studio.svelte.ts';

/** Projects of the workspace, read from its document: the same with and without a network. */
export class ProjectList {
	#all = new SvelteMap<string, Project>();
	isLoaded = $state(false);

	/** Events that are not archived, latest first. */
	readonly events = $derived(
		[...this.#all.values()]
			.filter(({ type, status }) => type === 'event' && status === 'active')
			.sort(
				(a, b) =>
					(b.date ?? b.createdAt).localeCompare(a.date ?? a.createdAt) ||
					b.createdAt.localeCompare(a.createdAt)
			)
	);

	constructor(private readonly studio: Studio) {
		void this.#load();
	}

	get(id: string): Project | undefined {
		return this.#all.get(id);
	}

	async #load(): Promise<void> {
		const { doc } = await this.#document();
		const facts = doc.getMap<ProjectFacts | null>('projects');
		const fields = doc.getMap<string | null>('projectFields');
		const join = (id: string) => {
			const made = facts.get(id);
			if (!made) return this.#all.delete(id);
			this.#all.set(id, {
				id,
				type: made.type,
				createdAt: made.createdAt,
				name: fields.get(`${id}/name`) ?? 'Untitled',
				date: fields.get(`${id}/date`) ?? null,
				parent: fields.get(`${id}/parent`) ?? null,
				status: fields.get(`${id}/status`) === 'archived' ? 'archived' : 'active'
			});
		};
		facts.observe(({ keysChanged }) => keysChanged.forEach(join));
		fields.observe(({ keysChanged }) => keysChanged.forEach((key) => join(key.split('/')[0]!)));
		for (const id of facts.keys()) join(id);
		this.isLoaded = true;
	}

	async #document() {
		const { replica } = await this.studio.registry.open(`workspace/${this.studio.membership.id}`);
		return replica;
	}

	/** Makes an event on this device; it reaches the others when there is a network. @returns its id. */
	async createEvent(name: string, date: string | null): Promise<string> {
		const replica = await this.#document();
		const id = crypto.randomUUID();
		replica.doc.transact(() => {
			replica.doc.getMap('projects').set(id, {
				type: 'event',
				createdAt: new Date().toISOString(),
				by: this.studio.person
			});
			const fields = replica.doc.getMap('projectFields');
			fields.set(`${id}/name`, name);
			if (date) fields.set(`${id}/date`, date);
		});
		await replica.settled();
		return id;
	}
}
