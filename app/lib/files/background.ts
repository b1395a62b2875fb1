// Goes on sending when no page of ours is open any more, for as long as the browser lets the service worker live.
import type { Identity } from '#shared/auth.ts';
import { DeviceDatabase } from '../device/database.ts';
import { cutFile } from './cut.ts';
import { isWaiting, readWaiting } from './overview.ts';
import { networkKind, policyOf } from './policy.ts';
import { send } from './sending.ts';
import { readSettings, readSpent } from './settings.ts';

/** How long a page that sends is waited for: it may be closing. */
const PAGE_MS = 20_000;
/** Browsers end a service worker after five minutes. */
const MOST_MS = 4 * 60_000;

/** Whether the person lets anything go over the network that there is; if not, pages go on when they are opened. */
async function maySend(database: DeviceDatabase): Promise<boolean> {
	const now = {
		waitingBytes: (await readWaiting(database)).bytes,
		sentToday: await readSpent(database)
	};
	return policyOf(await readSettings(database), networkKind(), now).sends !== 'nothing';
}

/**
 * Sends what waits on this device of whoever is signed in.
 * @throws when something still waits: the browser calls again later
 */
export async function sendInBackground(): Promise<void> {
	const response = await fetch('/api/auth/me');
	// signed out: it waits for its person
	if (response.status === 401) return;
	if (!response.ok) throw new Error('The server cannot be reached.');
	const person = ((await response.json()) as Identity).user.id;
	const known = await indexedDB.databases();
	if (!known.some(({ name }) => name === `aura-${person}`)) return;
	const database = new DeviceDatabase(person);
	try {
		if (!(await isWaiting(database)) || !(await maySend(database))) return;
		const over = new AbortController();
		const timer = setTimeout(() => over.abort(), MOST_MS);
		await navigator.locks.request(
			`aura-send-${person}`,
			{ signal: AbortSignal.timeout(PAGE_MS) },
			() =>
				send(person, database, {
					cutter: { cut: cutFile, stop: () => undefined },
					isOpen: () => navigator.onLine,
					async pause(ms) {
						if (!(await isWaiting(database))) over.abort();
						else await new Promise((resolve) => setTimeout(resolve, ms));
					},
					stopped: over.signal
				})
		);
		clearTimeout(timer);
		if (await isWaiting(database)) throw new Error('Something waits still.');
	} finally {
		database.close();
	}
}
