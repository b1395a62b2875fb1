// Sends this device's files to the server, from one tab at a time.
import type { DeviceDatabase } from '../device/database.ts';
import { createBell } from './bell.ts';

export interface Sender {
	/** Something new waits, or the server can be reached again. */
	wake(): void;
	stop(): void;
}

/** How long it waits after it could not begin, milliseconds. */
const AGAIN_MS = 10_000;

/** @param isOpen whether sending makes sense now */
export function startSender(
	person: string,
	database: DeviceDatabase,
	isOpen: () => boolean
): Sender {
	const stopped = new AbortController();
	const bell = createBell(new BroadcastChannel(`aura-bell-${person}`));
	const run = async () => {
		while (!stopped.signal.aborted)
			try {
				const { sendFromPage } = await import('./page.ts');
				await sendFromPage(person, database, isOpen, bell, stopped.signal);
			} catch (error) {
				// this tab holds the lock: no other one would send in its place
				console.error(error);
				await bell.pause(AGAIN_MS);
			}
	};
	void navigator.locks
		.request(`aura-send-${person}`, { signal: stopped.signal }, run)
		.catch((error: unknown) => stopped.signal.aborted || console.error(error));
	return {
		wake: bell.ring,
		stop() {
			stopped.abort();
			bell.ring();
			bell.close();
		}
	};
}
