// Sends this device's files to the server, from one tab at a time.
import { base64Of } from '#shared/files/manifest.ts';
import type { Transfer, TransferServer, TransferStore } from '#sync/transfer/upload.ts';
import { call } from '../api/client.ts';
import type { DeviceDatabase } from '../device/database.ts';
import { readFile } from '../device/files.ts';
import { createCutter } from './cutter.ts';

function transferStore({ transfers }: DeviceDatabase): TransferStore {
	return {
		async next(now, limit) {
			return transfers
				.orderBy('[order+createdAt]')
				.filter(({ notBefore, problem }) => notBefore <= now && problem === null)
				.limit(limit)
				.toArray();
		},
		async update(id, changes) {
			await transfers.update(id, { ...changes, ...(changes.problem ? { stuck: 1 as const } : {}) });
		},
		remove: (id) => transfers.delete(id)
	};
}

const refOf = ({ event, photo, kind, sha256, size }: Transfer) => ({
	event,
	photo,
	kind,
	sha256,
	size
});

/** @param sender names this tab in its life */
const serverFor = (sender: string): TransferServer => ({
	async offer(workspace, files, isAgain, signal) {
		const offered = files.map((file) => ({
			...refOf(file),
			...(file.chunks ? { chunks: base64Of(file.chunks) } : {})
		}));
		const answer = await call('POST /api/workspaces/{workspace}/uploads/offer', {
			params: { workspace },
			body: { sender, isAgain, files: offered },
			signal
		});
		return answer.files;
	},
	async send(workspace, body, signal) {
		await call('PUT /api/workspaces/{workspace}/uploads/chunks', {
			params: { workspace },
			query: { sender },
			body,
			signal
		});
	},
	async commit(workspace, files, signal) {
		const answer = await call('POST /api/workspaces/{workspace}/uploads/commit', {
			params: { workspace },
			body: { files: files.map(refOf) },
			signal
		});
		return answer.files;
	}
});

/** A file that waits to be sent. @throws when this device has lost it */
async function fileOf(
	person: string,
	database: DeviceDatabase,
	{ kind, photo, event, sha256, size }: Transfer
): Promise<Blob> {
	if (kind === 'faces') {
		const row = await database.sidecars.get([event, photo]);
		if (!row) throw new Error('The face data is gone from this device.');
		return new Blob([row.bytes]);
	}
	const file =
		kind === 'original'
			? await readFile(person, 'originals', sha256)
			: await readFile(person, kind, photo);
	if (!file || file.size !== size) throw new Error('The file is gone from this device.');
	return file;
}

export interface Sender {
	/** Something new waits, or the server can be reached again. */
	wake(): void;
	stop(): void;
}

/** How long it waits before it looks again by itself, milliseconds. */
const IDLE_MS = 3_000;

/** @param isOpen whether sending makes sense now */
export function startSender(
	person: string,
	database: DeviceDatabase,
	isOpen: () => boolean
): Sender {
	const stopped = new AbortController();
	let wake = () => {};
	const store = transferStore(database);
	const server = serverFor(crypto.randomUUID());
	const cutter = createCutter();
	const pause = (ms: number) =>
		new Promise<void>((resolve) => {
			wake = resolve;
			setTimeout(resolve, ms);
		});
	const run = async () => {
		// perhaps the studio has room again
		await database.transfers
			.where('stuck')
			.equals(1)
			.filter(({ code }) => code === 'over_quota')
			.modify({ stuck: 0, problem: null });
		const { drain } = await import('#sync/transfer/upload.ts');
		while (!stopped.signal.aborted) {
			await drain({
				store,
				server,
				async read(transfer, start, end) {
					const file = await fileOf(person, database, transfer);
					return new Uint8Array(await file.slice(start, end).arrayBuffer());
				},
				cut: async (transfer) => cutter.cut(await fileOf(person, database, transfer)),
				now: Date.now,
				sleep: pause,
				patience: (ms) => AbortSignal.timeout(ms),
				random: Math.random,
				isOpen: () => !stopped.signal.aborted && isOpen()
			}).catch((error: unknown) => console.error(error));
			await pause(IDLE_MS);
		}
	};
	void navigator.locks
		.request(`aura-send-${person}`, { signal: stopped.signal }, run)
		.catch(() => undefined);
	return {
		wake: () => wake(),
		stop() {
			stopped.abort();
			wake();
			cutter.stop();
		}
	};
}
