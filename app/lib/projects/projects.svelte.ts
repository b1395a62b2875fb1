import type * as Y from 'yjs';
import { SvelteMap } from 'svelte/reactivity';
import { joinProject } from '#shared/projects/document.ts';
import type { Project, ProjectFacts, ProjectField, ProjectType } from '#shared/projects/project.ts';
import { buildTree } from '#shared/projects/tree.ts';
import type { DocumentRegistry } from '../documents/registry.ts';

/** What is written of a project; null clears. */
export type ProjectValues = { [Field in ProjectField]?: Project[Field] | null };

/** Projects that this person sees, read from their document: the same with and without a network. */
export class ProjectList {
	#all = new SvelteMap<string, Project>();
	#unfollow = () => {};
	/** the document that they are read from */
	name = $state('');
	isLoaded = $state(false);
	/** this person sees only what they are assigned to */
	readonly isAssignedOnly = $derived(this.name.startsWith('desk/'));

	readonly tree = $derived(buildTree(this.#all.values()));

	/** Events that are not archived or in the trash, latest first. */
	readonly events = $derived(
		[...this.#all.values()]
			.filter(
				({ id, type }) => type === 'event' && !this.tree.isArchived(id) && !this.tree.isTrashed(id)
			)
			.sort(
				(a, b) =>
					(b.date ?? b.createdAt).localeCompare(a.date ?? a.createdAt) ||
					b.createdAt.localeCompare(a.createdAt)
			)
	);

	constructor(
		private readonly registry: DocumentRegistry,
		private readonly person: string,
		name: string
	) {
		void this.follow(name);
	}

	get(id: string): Project | undefined {
		return this.#all.get(id);
	}

	/** Reads projects from this document from now on. */
	async follow(name: string): Promise<void> {
		this.name = name;
		const { replica } = await this.registry.open(name);
		if (this.name !== name) return;
		this.#unfollow();
		let stop = () => {};
		const read = () => {
			stop();
			this.#all.clear();
			stop = this.#read(replica.doc);
		};
		read();
		const forget = replica.onReplaced(read);
		this.#unfollow = () => {
			forget();
			stop();
		};
		this.isLoaded = true;
	}

	#read(doc: Y.Doc): () => void {
		const facts = doc.getMap<ProjectFacts | null>('projects');
		const fields = doc.getMap('projectFields');
		const join = (id: string) => {
			const made = facts.get(id);
			if (made)
				this.#all.set(
					id,
					joinProject(id, made, (name) => fields.get(`${id}/${name}`))
				);
			else this.#all.delete(id);
		};
		const onFacts = ({ keysChanged }: Y.YMapEvent<ProjectFacts | null>) =>
			keysChanged.forEach(join);
		const onFields = ({ keysChanged }: Y.YMapEvent<unknown>) =>
			new Set([...keysChanged].map((key) => key.split('/')[0]!)).forEach(join);
		facts.observe(onFacts);
		fields.observe(onFields);
		for (const id of facts.keys()) join(id);
		return () => {
			facts.unobserve(onFacts);
			fields.unobserve(onFields);
		};
	}

	/** Makes a project on this device; it reaches the others when there is a network. @returns its id. */
	async create(type: ProjectType, values: ProjectValues): Promise<string> {
		const id = crypto.randomUUID();
		await this.#write(id, values, {
			type,
			createdAt: new Date().toISOString(),
			by: this.person
		});
		return id;
	}

	/** Changes a project. @throws Error in a sentence, when it cannot lie where it is put */
	async change(id: string, values: ProjectValues): Promise<void> {
		const fault = values.parent ? this.tree.moveFault(id, values.parent) : null;
		if (fault) throw new Error(fault);
		await this.#write(id, values);
	}

	/** Puts a project, with everything below it, into the trash, or takes it out. */
	async trash(id: string, isTrashed: boolean): Promise<void> {
		const project = this.#all.get(id);
		const now = new Date().toISOString();
		if (isTrashed || !project)
			return this.#write(
				id,
				isTrashed ? { trashedAt: now, trashedBy: this.person } : { trashedAt: null }
			);
		const { restoring } = await import('#shared/projects/restoring.ts');
		return this.#write(id, restoring(this.tree, project, now));
	}

	async #write(id: string, values: ProjectValues, made?: ProjectFacts): Promise<void> {
		const { replica } = await this.registry.open(this.name);
		replica.doc.transact(() => {
			if (made) replica.doc.getMap('projects').set(id, made);
			const fields = replica.doc.getMap('projectFields');
			for (const [name, value] of Object.entries(values)) {
				const key = `${id}/${name}`;
				if (JSON.stringify(fields.get(key) ?? null) !== JSON.stringify(value ?? null))
					fields.set(key, value);
			}
		});
		await replica.settled();
	}
}
