import type { DeviceDatabase } from '../device/database.ts';
import type { Bell } from './bell.ts';
import { createCutter } from './cutter.ts';
import { isWaiting } from './overview.ts';
import { send } from './sending.ts';
import { createAwake, handOver } from './staying.ts';

/** Sends from this page until it is stopped. */
export async function sendFromPage(
	person: string,
	database: DeviceDatabase,
	isOpen: () => boolean,
	bell: Bell,
	stopped: AbortSignal
): Promise<void> {
	const awake = createAwake();
	const stopHandingOver = handOver(() => isWaiting(database));
	try {
		await send(person, database, {
			cutter: createCutter(),
			isOpen,
			pause: bell.pause,
			onNews: bell.listen,
			stopped,
			onBeat: (isSending, { staysAwake }) => awake.want(isSending && staysAwake)
		});
	} finally {
		awake.stop();
		stopHandingOver();
	}
}
