// Sends this device's files to the server, from one tab at a time.
import { type TransferStore, drain } from '#sync/transfer/queue.ts';
import type { Transfer, TransferServer } from '#sync/transfer/upload.ts';
import { call } from '../api/client.ts';
import type { DeviceDatabase, TransferRow } from '../device/database.ts';
import { readFile } from '../device/files.ts';

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

const paramsOf = (transfer: Transfer) => {
	const { workspace, event, photo, kind } = transfer as TransferRow;
	return { workspace, event, photo, kind };
};

const server: TransferServer = {
	offer: (transfer) =>
		call('POST /api/workspaces/{workspace}/events/{event}/photos/{photo}/files/{kind}/offer', {
			params: paramsOf(transfer),
			body: { sha256: transfer.sha256, size: transfer.size }
		}),
	async putChunk(transfer, index, bytes) {
		await call(
			'PUT /api/workspaces/{workspace}/events/{event}/photos/{photo}/files/{kind}/chunks/{index}',
			{
				params: { ...paramsOf(transfer), index: String(index) },
				query: { sha256: transfer.sha256 },
				body: bytes
			}
		);
	},
	commit: (transfer) =>
		call('POST /api/workspaces/{workspace}/events/{event}/photos/{photo}/files/{kind}/commit', {
			params: paramsOf(transfer),
			body: { sha256: transfer.sha256, size: transfer.size }
		})
};

/** Bytes of a file that waits to be sent. @throws when this device has lost it */
async function partOf(
	person: string,
	database: DeviceDatabase,
	transfer: Transfer,
	start: number,
	end: number
): Promise<Uint8Array<ArrayBuffer>> {
	const { kind, photo, event, sha256 } = transfer;
	if (kind === 'faces') {
		const row = await database.sidecars.get([event, photo]);
		if (!row) throw new Error('The face data is gone from this device.');
		return row.bytes.slice(start, end);
	}
	const file =
		kind === 'original'
			? await readFile(person, 'originals', sha256)
			: await readFile(person, kind, photo);
	if (!file || file.size !== transfer.size) throw new Error('The file is gone from this device.');
	return new Uint8Array(await file.slice(start, end).arrayBuffer());
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
	const run = async () => {
		// perhaps the studio has room again
		await database.transfers
			.where('stuck')
			.equals(1)
			.filter(({ code }) => code === 'over_quota')
			.modify({ stuck: 0, problem: null });
		while (!stopped.signal.aborted) {
			await drain({
				store,
				server,
				read: (transfer, start, end) => partOf(person, database, transfer, start, end),
				now: Date.now,
				random: Math.random,
				isOpen: () => !stopped.signal.aborted && isOpen()
			}).catch((error: unknown) => console.error(error));
			await new Promise<void>((resolve) => {
				wake = resolve;
				setTimeout(resolve, IDLE_MS);
			});
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
		}
	};
}
