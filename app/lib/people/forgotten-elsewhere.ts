// What the studio forgets is forgotten on this device too, also of events that it has closed: they are opened for it.
import type { ProjectField } from '#shared/projects/project.ts';
import type { Studio } from '../studio/studio.svelte.ts';

/** Events whose faces were taken off this device: they are looked for again when the studio wishes. */
const offKey = (event: string) => `faces-off/${event}`;
const FACES: ProjectField = 'faces';

/** Faces of single people. */
async function forgetPeople(studio: Studio, counts: Iterable<[string, number | null]>) {
	const { settings, sidecars } = studio.database;
	for (const [event, count] of counts) {
		const done = (await settings.get(`forgotten/${event}`))?.value as number | undefined;
		if (count === null || (done ?? 0) >= count) continue;
		// with no face here there is nothing to forget; what opens it forgets what its document says
		if ((await sidecars.where('event').equals(event).count()) > 0) await studio.event(event);
	}
}

/** All faces of events where none is looked for; and none any more where they are looked for again. */
async function followFaces(studio: Studio, fields: Iterable<[string, unknown]>) {
	const { settings, sidecars, imports, files } = studio.database;
	for (const [key, value] of fields) {
		const [event, field] = key.split('/') as [string, string];
		if (field !== FACES) continue;
		if (value === 'off') {
			const done = await imports.where('[event+state]').equals([event, 'done']).count();
			if (done > 0) await settings.put({ key: offKey(event), value: true });
			if ((await sidecars.where('event').equals(event).count()) === 0) continue;
			await studio.event(event).then((opened) => opened.forgetAllFaces());
		} else if (await settings.get(offKey(event))) {
			// photos that came from this device, and are on it, are looked at again
			for (const row of await imports.where('[event+state]').equals([event, 'done']).toArray())
				if (await files.get(`originals/${row.sha256}`))
					await imports.update(row.id, { state: 'copied' });
			await settings.delete(offKey(event));
		}
	}
}

/** @returns stops it */
export async function followForgotten(studio: Studio): Promise<() => void> {
	const { replica } = await studio.registry.open(studio.projects.name);
	let turn: Promise<void> = Promise.resolve();
	const again = () => {
		const { doc } = replica;
		turn = turn
			.then(() => forgetPeople(studio, doc.getMap<number | null>('forgotten').entries()))
			.then(() => followFaces(studio, doc.getMap('projectFields').entries()))
			.catch(console.error);
	};
	const follow = () => {
		replica.doc.getMap('forgotten').observe(again);
		replica.doc.getMap('projectFields').observe(again);
		again();
	};
	follow();
	const unfollow = replica.onReplaced(follow);
	return () => {
		unfollow();
		replica.doc.getMap('forgotten').unobserve(again);
		replica.doc.getMap('projectFields').unobserve(again);
	};
}
