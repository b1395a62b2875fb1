// The studio's presets of captions and rights, live.
import type * as Y from 'yjs';
import { type Preset, presetSchema } from '#shared/photos/rights.ts';
import type { Studio } from '../studio/studio.svelte.ts';

export interface KnownPreset extends Preset {
	id: string;
}

export class Presets {
	/** by name */
	all = $state.raw<KnownPreset[]>([]);
	#stop: () => void = () => {};
	#document: Promise<Y.Doc>;

	constructor(studio: Studio) {
		this.#document = studio.registry.open(studio.projects.name).then(({ replica }) => {
			this.#follow(replica.doc);
			replica.onReplaced((doc) => this.#follow(doc));
			return replica.doc;
		});
		this.#document.catch(console.error);
	}

	#follow(doc: Y.Doc): void {
		this.#stop();
		const presets = doc.getMap<Preset | null>('presets');
		const read = () => {
			this.all = [...presets.entries()]
				.flatMap(([id, preset]) => (preset ? [{ ...preset, id }] : []))
				.sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
		};
		presets.observe(read);
		this.#stop = () => presets.unobserve(read);
		read();
	}

	/** Keeps a preset. @param id null: a new one @returns its id, or what is wrong with it */
	async save(id: string | null, preset: Preset): Promise<{ id: string } | { problem: string }> {
		const checked = presetSchema.safeParse(preset);
		if (!checked.success) return { problem: checked.error.issues[0]!.message };
		const key = id ?? crypto.randomUUID();
		(await this.#document).getMap('presets').set(key, checked.data);
		return { id: key };
	}

	async remove(id: string): Promise<void> {
		(await this.#document).getMap('presets').set(id, null);
	}

	destroy(): void {
		this.#stop();
	}
}
