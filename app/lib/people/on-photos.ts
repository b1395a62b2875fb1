import { peopleOf } from './people.svelte.ts';
import type { EventState } from '../events/event.svelte.ts';
import type { Studio } from '../studio/studio.svelte.ts';

/** Names of those whom people said are on shots of an event, by the photo that each is looked at by; hidden ones are not named. */
export async function peopleOn(
	studio: Studio,
	event: EventState
): Promise<ReadonlyMap<string, string[]>> {
	const list = await peopleOf(studio);
	const names = new Map<string, string[]>();
	for (const [key, person] of event.said.identified) {
		const known = list.get(person ?? null);
		if (!known?.name || known.isHidden) continue;
		const photo = event.stacks.leadsOf([key.slice(0, 32)])[0]!;
		const before = names.get(photo) ?? [];
		if (!before.includes(known.name)) names.set(photo, [...before, known.name]);
	}
	return names;
}
