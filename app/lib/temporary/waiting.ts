import type { Temporary } from '#shared/temporary/temporary.ts';
import { call } from '../api/client.ts';
import type { Studio } from '../studio/studio.svelte.ts';

/** What waits for approval, by event, as the server counts it; nothing without a network. */
export const waitingOf = (studio: Studio): Promise<Temporary['events']> =>
	call('GET /api/workspaces/{workspace}/temporary', {
		params: { workspace: studio.membership.id }
	}).then(
		({ events }) => events,
		() => []
	);

export const photosOf = (count: number): string =>
	`${new Intl.NumberFormat('en').format(count)} ${count === 1 ? 'photo is' : 'photos are'}`;
