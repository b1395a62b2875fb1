// What the server counts of people, and what it said last when it cannot be reached.
import type { ListedPerson } from '#shared/people/listing.ts';
import { call } from '../api/client.ts';
import type { Studio } from '../studio/studio.svelte.ts';

/** @param show is given what was kept, and then what the server says; null: it cannot be reached, or refuses */
export async function readNumbers(
	studio: Studio,
	show: (people: readonly ListedPerson[] | null, isFresh: boolean) => void
): Promise<void> {
	const workspace = studio.membership.id;
	const key = `people-numbers/${workspace}`;
	const kept = await studio.database.settings.get(key);
	show((kept?.value as ListedPerson[] | undefined) ?? null, false);
	const fresh = await call('GET /api/workspaces/{workspace}/people', {
		params: { workspace }
	}).catch(() => null);
	if (!fresh) return;
	await studio.database.settings.put({ key, value: fresh });
	show(fresh, true);
}
