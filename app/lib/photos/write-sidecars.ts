// XMP sidecars of an event for other programs, as one ZIP.
import { safeFileName } from '#shared/photos/names.ts';
import { writeXmp } from '#shared/photos/xmp.ts';
import type { EventState } from '../events/event.svelte.ts';
import { peopleOn } from '../people/on-photos.ts';
import type { Studio } from '../studio/studio.svelte.ts';

/** Hands the browser's downloads a sidecar for each shot, named as its photo: RAW and JPEG share one. @returns how many */
export async function downloadSidecars(
	studio: Studio,
	event: EventState,
	name: string
): Promise<number> {
	const people = await peopleOn(studio, event);
	const { downloadZip } = await import('client-zip');
	const taken = new Set<string>();
	const { leads } = event.stacks;
	const entries = leads.map(({ id, facts }) => ({
		name: safeFileName(`${facts.name.replace(/\.[^.]*$/, '')}.xmp`, taken),
		input: writeXmp(event.marks(id), {
			rights: event.rightsOf(id),
			people: people.get(id) ?? []
		})
	}));
	const address = URL.createObjectURL(await downloadZip(entries).blob());
	const link = document.createElement('a');
	link.href = address;
	link.download = safeFileName(`${name} XMP.zip`);
	link.click();
	setTimeout(() => URL.revokeObjectURL(address), 60_000);
	return leads.length;
}
