// Photos of an event as their photographer sees them: RAW and JPEG of one shot are one.
import type { PhotoFacts } from '#shared/photos/photo.ts';
import { type Stack, stacksOf } from '#shared/photos/pairs.ts';

interface Photo {
	id: string;
	facts: PhotoFacts;
}

export class Stacks {
	readonly all: readonly Stack<Photo>[];
	/** the photos that are looked at, one for each shot */
	readonly leads: Photo[];
	/** only of those that are more than one file */
	readonly #of = new Map<string, Stack<Photo>>();

	/** @param photos in the order in which they are shown */
	constructor(photos: readonly Photo[]) {
		this.all = stacksOf(photos);
		this.leads = this.all.map(({ lead }) => lead);
		for (const stack of this.all)
			if (stack.others.length > 0)
				for (const { id } of [stack.lead, ...stack.others]) this.#of.set(id, stack);
	}

	/** What belongs to the photo that is looked at. */
	othersOf(lead: string): readonly Photo[] {
		const stack = this.#of.get(lead);
		return stack?.lead.id === lead ? stack.others : [];
	}
	isOther(photo: string): boolean {
		const stack = this.#of.get(photo);
		return stack !== undefined && stack.lead.id !== photo;
	}
	/** All files of the shots that these belong to, once each. */
	whole(photos: readonly string[]): string[] {
		const files = photos.flatMap((photo) => {
			const stack = this.#of.get(photo);
			return stack ? [stack.lead.id, ...stack.others.map(({ id }) => id)] : [photo];
		});
		return [...new Set(files)];
	}
	/** What these are looked at by, once each, in their order. */
	leadsOf(photos: readonly string[]): string[] {
		return [...new Set(photos.map((photo) => this.#of.get(photo)?.lead.id ?? photo))];
	}
}
