import { type Preset, type Rights, rightsIdOf, saidBy } from '#shared/photos/rights.ts';
import type { EventState, Photo } from '../events/event.svelte.ts';

/** Says of photos what a preset says: captions and rights are replaced, keywords are added. Taken back as one. */
export async function applyPreset(
	event: EventState,
	photos: readonly Photo[],
	preset: Preset,
	names: { event: string; photographer: string }
): Promise<void> {
	const kept = new Map<string, Rights>();
	const changes: Parameters<EventState['markAll']>[0] = [];
	for (const { id, facts } of photos) {
		const { marks, rights } = saidBy(preset, { ...names, ...facts });
		if (marks.caption) changes.push({ photos: [id], field: 'caption', value: marks.caption });
		if (marks.keywords) {
			const value = [...new Set([...(event.marks(id).keywords ?? []), ...marks.keywords])];
			changes.push({ photos: [id], field: 'keywords', value: value.slice(0, 100) });
		}
		if (!rights) continue;
		const key = await rightsIdOf(rights);
		kept.set(key, rights);
		changes.push({ photos: [id], field: 'rights', value: key });
	}
	event.keepRights(kept);
	event.markAll(changes);
}
