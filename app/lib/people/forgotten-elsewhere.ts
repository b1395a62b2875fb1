// Events that this device has closed may have faces to forget: they are opened for it.
import type { Studio } from '../studio/studio.svelte.ts';

/** @returns stops it */
export async function followForgotten(studio: Studio): Promise<() => void> {
	const { replica } = await studio.registry.open(studio.projects.name);
	const look = async () => {
		const { settings, sidecars } = studio.database;
		for (const [event, count] of replica.doc.getMap<number | null>('forgotten').entries()) {
			const done = (await settings.get(`forgotten/${event}`))?.value as number | undefined;
			if (count === null || (done ?? 0) >= count) continue;
			// with no face here there is nothing to forget; what opens it forgets what its document says
			if ((await sidecars.where('event').equals(event).count()) > 0) await studio.event(event);
		}
	};
	const again = () => void look().catch(console.error);
	const follow = () => replica.doc.getMap('forgotten').observe(again);
	follow();
	again();
	const unfollow = replica.onReplaced(() => {
		follow();
		again();
	});
	return () => {
		unfollow();
		replica.doc.getMap('forgotten').unobserve(again);
	};
}
