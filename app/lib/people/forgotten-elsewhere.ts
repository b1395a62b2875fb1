// What the studio forgets is forgotten on this device too, also of events that it has closed: they are opened for it.
import { isFilm } from '#shared/photos/format.ts';
import type { ProjectField } from '#shared/projects/project.ts';
import type { Studio } from '../studio/studio.svelte.ts';

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

/**
 * All faces of events where none is looked for; and none any more where they are looked for again. Photos may be kept meanwhile as
 * it was wished before: whoever keeps them looks again afterwards.
 */
async function followFaces(studio: Studio, fields: Iterable<[string, unknown]>) {
	for (const [key, value] of fields) {
		const [event, field] = key.split('/') as [string, string];
		if (field !== FACES) continue;
		if (value === 'off') await forgetAll(studio, event);
		else await lookAgain(studio, event);
	}
}

async function forgetAll(studio: Studio, event: string): Promise<void> {
	const { sidecars, imports } = studio.database;
	if ((await sidecars.where('event').equals(event).count()) > 0)
		await (await studio.event(event)).forgetAllFaces();
	// afterwards: what is kept with faces in between is looked at once too often, and not never
	await imports
		.where('[event+state]')
		.anyOf([
			[event, 'done'],
			[event, 'faceless']
		])
		.and(({ type }) => !isFilm(type!))
		.modify({ state: 'unlooked', faces: 0 });
}

/** Photos that came from this device, and are on it. */
async function lookAgain(studio: Studio, event: string): Promise<void> {
	const { imports, files } = studio.database;
	const unlooked = await imports.where('[event+state]').equals([event, 'unlooked']).toArray();
	for (const { id, sha256 } of unlooked)
		if (await files.get(`originals/${sha256}`))
			await imports
				.where({ id })
				.and(({ state }) => state === 'unlooked')
				.modify({ state: 'copied' });
}

export interface Follower {
	again(): void;
	stop(): void;
}

/** Follows what the studio's document says, from now on. */
export async function followForgotten(studio: Studio): Promise<Follower> {
	const { replica } = await studio.registry.open(studio.projects.name);
	let turn: Promise<void> = Promise.resolve();
	const again = () => {
		turn = turn
			.then(() => forgetPeople(studio, replica.doc.getMap<number | null>('forgotten').entries()))
			.then(() => followFaces(studio, replica.doc.getMap('projectFields').entries()))
			.catch(console.error);
	};
	const follow = () => {
		replica.doc.getMap('forgotten').observe(again);
		replica.doc.getMap('projectFields').observe(again);
		again();
	};
	follow();
	const unfollow = replica.onReplaced(follow);
	return {
		again,
		stop() {
			unfollow();
			replica.doc.getMap('forgotten').unobserve(again);
			replica.doc.getMap('projectFields').unobserve(again);
		}
	};
}
