// Sends this device's files to the server, from one tab at a time.
import type { FileKind } from '#shared/files/kinds.ts';
import { base64Of } from '#shared/files/manifest.ts';
import { createLimit } from '#sync/transfer/limit.ts';
import {
	type Phase,
	type Transfer,
	type TransferServer,
	type TransferStore,
	isDue
} from '#sync/transfer/ports.ts';
import { drain } from '#sync/transfer/upload.ts';
import { call } from '../api/client.ts';
import { type DeviceDatabase, watch } from '../device/database.ts';
import { readFile } from '../device/files.ts';
import type { Cutter } from './cutter.ts';
import { readWaiting } from './overview.ts';
import { type Policy, type TransferSettings, dayOf, networkKind, policyOf } from './policy.ts';
import { readSettings, readSpent, writeSpent, writeSettings } from './settings.ts';

function transferStore({ transfers }: DeviceDatabase): TransferStore {
	return {
		async next(now, limit) {
			return transfers
				.orderBy('[order+createdAt]')
				.filter((row) => isDue(row, now))
				.limit(limit)
				.toArray();
		},
		async update(id, changes) {
			await transfers.update(id, { ...changes, ...(changes.problem ? { stuck: 1 as const } : {}) });
		},
		remove: (ids) => transfers.bulkDelete([...ids])
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

/** What a file is doing, told to all tabs of this person. */
export interface Told {
	id: string;
	phase: Phase;
	/** bytes that the server has */
	there: number;
}
/** What the sending tab tells the others, twice a second. */
export interface Heartbeat {
	files: Told[];
	/** bytes a second, of the last seconds */
	rate: number;
	policy: Policy;
}
export const transferChannel = (person: string): BroadcastChannel =>
	new BroadcastChannel(`aura-transfers-${person}`);

/** What others wait for, and what costs little. */
const small: ReadonlySet<FileKind> = new Set(['thumb', 'faces']);

/** How long it waits before it looks again by itself, milliseconds. */
const IDLE_MS = 3_000;
const TELL_MS = 500;
/** How often what was spent is written down, and what waits is counted, milliseconds. */
const NOTE_MS = 5_000;

const isOver = (phase: Phase): boolean => ['sent', 'failed', 'waiting'].includes(phase);

export interface SendParts {
	cutter: Cutter;
	/** whether the server can be reached */
	isOpen(): boolean;
	/** waits, or is woken */
	pause(ms: number): Promise<void>;
	/** as `UploadPorts` has it */
	onNews?(look: () => void): () => void;
	stopped: AbortSignal;
	/** told twice a second whether something is on its way, and what its person wishes */
	onBeat?(isSending: boolean, settings: TransferSettings): void;
}

/** Sends until it is stopped; in a page, or in the service worker. */
export async function send(
	person: string,
	database: DeviceDatabase,
	{ cutter, isOpen, pause, onNews, stopped, onBeat }: SendParts
): Promise<void> {
	const store = transferStore(database);
	const server = serverFor(crypto.randomUUID());
	const channel = transferChannel(person);
	// before anything is sent: it may be paused
	let settings = await readSettings(database);
	let spent = { day: dayOf(new Date()), bytes: 0, noted: 0 };
	let waiting = 0;
	const told = new Map<string, Told>();
	/** bytes that went, by time */
	let recent: { at: number; bytes: number }[] = [];

	const stopWatching = watch(
		() => readSettings(database),
		(found) => (settings = found)
	);
	/** What the policy needs to know; the day may have changed. */
	const measure = async (): Promise<void> => {
		const day = dayOf(new Date());
		if (day !== spent.day) spent = { day, bytes: 0, noted: 0 };
		spent.bytes = Math.max(spent.bytes, await readSpent(database, day));
		waiting = (await readWaiting(database)).bytes;
	};
	const note = async (): Promise<void> => {
		if (spent.bytes === spent.noted) return;
		spent.noted = spent.bytes;
		await writeSpent(database, spent.day, spent.bytes);
	};
	const policy = (): Policy =>
		policyOf(settings, networkKind(), { waitingBytes: waiting, sentToday: spent.bytes });
	const rateNow = (): number => {
		const now = performance.now();
		recent = recent.filter(({ at }) => at > now - 5_000);
		return recent.reduce((sum, { bytes }) => sum + bytes, 0) / 5;
	};
	const tell = (): void => {
		onBeat?.(told.size > 0 && rateNow() > 0, settings);
		if (told.size === 0 && waiting === 0) return;
		const message: Heartbeat = { files: [...told.values()], rate: rateNow(), policy: policy() };
		channel.postMessage(message);
		for (const [id, { phase }] of told) if (isOver(phase)) told.delete(id);
	};
	const telling = setInterval(tell, TELL_MS);
	const noting = setInterval(() => void note().then(measure).catch(console.error), NOTE_MS);
	// what was said of one network is not said of the next
	const forget = () => {
		if (settings.isConfirmed) void writeSettings(database, { isConfirmed: false });
	};
	const { connection } = navigator as { connection?: EventTarget };
	self.addEventListener('offline', forget);
	connection?.addEventListener('change', forget);
	const { next } = store;
	store.next = async (now, limit) => {
		const rows = await next(now, limit);
		return policy().sends === 'all' ? rows : rows.filter(({ kind }) => small.has(kind));
	};
	const limit = createLimit({
		rate: () => (settings.rate === null ? null : settings.rate * 1_000),
		left: () => (settings.budget === null ? null : settings.budget * 1e6 - spent.bytes),
		now: () => performance.now(),
		sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
		onSpend(bytes) {
			spent.bytes += bytes;
			recent.push({ at: performance.now(), bytes });
		}
	});
	try {
		// perhaps the studio has room again
		await database.transfers
			.where('stuck')
			.equals(1)
			.filter(({ code }) => code === 'over_quota')
			.modify({ stuck: 0, problem: null });
		while (!stopped.aborted) {
			const sending = measure().then(() =>
				drain({
					store,
					server,
					limit,
					async read(transfer, start, end) {
						const file = await fileOf(person, database, transfer);
						return new Uint8Array(await file.slice(start, end).arrayBuffer());
					},
					cut: async (transfer) => cutter.cut(await fileOf(person, database, transfer)),
					now: Date.now,
					sleep: pause,
					...(onNews ? { onNews } : {}),
					patience: (ms) => AbortSignal.timeout(ms),
					random: Math.random,
					isOpen: () => !stopped.aborted && isOpen() && policy().sends !== 'nothing',
					onProgress: ({ id }, { phase, there }) => told.set(id, { id, phase, there })
				})
			);
			await sending.catch((error: unknown) => console.error(error));
			await note();
			await pause(IDLE_MS);
		}
	} finally {
		clearInterval(telling);
		clearInterval(noting);
		self.removeEventListener('offline', forget);
		connection?.removeEventListener('change', forget);
		stopWatching();
		cutter.stop();
		channel.close();
	}
}
