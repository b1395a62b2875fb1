// Sends this device's files to the server, from one tab at a time.
import type { DeviceDatabase } from '../device/database.ts';

export interface Sender {
	/** Something new waits, or the server can be reached again. */
	wake(): void;
	stop(): void;
}

/** @param isOpen whether sending makes sense now */
export function startSender(
	person: string,
	database: DeviceDatabase,
	isOpen: () => boolean
): Sender {
	const stopped = new AbortController();
	let wake = () => {};
	const pause = (ms: number) =>
		new Promise<void>((resolve) => {
			wake = resolve;
			setTimeout(resolve, ms);
		});
	const run = async () => {
		const { send } = await import('./sending.ts');
		await send(person, database, isOpen, pause, stopped.signal);
	};
	void navigator.locks
		.request(`aura-send-${person}`, { signal: stopped.signal }, run)
		.catch(() => undefined);
	return {
		wake: () => wake(),
		stop() {
			stopped.abort();
			wake();
		}
	};
}
