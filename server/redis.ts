// The one place that knows the client of Redis and Valkey.
import { createClient } from '@redis/client';

/** Milliseconds for which the first connection is waited for. */
const CONNECT_MS = 5_000;

const makeClient = (url: string) =>
	createClient({
		url,
		// what cannot be sent now is answered at once: whoever asks goes on without it
		disableOfflineQueue: true,
		socket: { connectTimeout: CONNECT_MS }
	});
export type Redis = ReturnType<typeof makeClient>;

/** @param url redis://host:port. @throws Error that says what to do when there is none */
export async function openRedis(url: string, report: (error: unknown) => void): Promise<Redis> {
	const client = makeClient(url);
	let isOpen = false;
	const opened = new Promise<void>((resolve, reject) => {
		client.on('error', (error: unknown) => {
			if (isOpen) return report(error);
			client.destroy();
			reject(
				new Error(`REDIS_URL: ${new URL(url).host} cannot be reached: ${(error as Error).message}`)
			);
		});
		client.connect().then(() => {
			isOpen = true;
			resolve();
		}, reject);
	});
	await opened;
	return client;
}
