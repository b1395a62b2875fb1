import { type FileKind, fileKinds } from '#shared/files/kinds.ts';
import { type ReadPart, type Transfer, type TransferServer, upload } from './upload.ts';

export interface QueuedTransfer extends Transfer {
	id: string;
	/** milliseconds since 1970 before which it is not tried again */
	notBefore: number;
	attempts: number;
	/** why it was given up until somebody asks for it again; null while it is tried */
	problem: string | null;
	/** the code of that problem */
	code?: string;
}

/** Where a device keeps what it has to send. */
export interface TransferStore {
	/** Transfers that may be tried at `now`, in the order of `kinds`, oldest first. */
	next(now: number, limit: number, kinds: readonly FileKind[]): Promise<QueuedTransfer[]>;
	update(id: string, changes: Partial<QueuedTransfer>): Promise<void>;
	remove(id: string): Promise<void>;
}

export interface QueuePorts {
	store: TransferStore;
	server: TransferServer;
	read: ReadPart;
	now(): number;
	/** [0, 1) */
	random(): number;
	/** whether sending makes sense now: signed in, network there, not paused */
	isOpen(): boolean;
}

/** Milliseconds until the next try: doubles from one second to a minute, with a random half. */
export function retryDelay(attempts: number, random: number): number {
	return Math.min(60_000, 1_000 * 2 ** Math.min(attempts, 6)) * (0.5 + random / 2);
}

/** Codes of problems that trying again does not mend. */
const isFinal = (code: string): boolean =>
	['unsupported_type', 'too_large', 'forbidden', 'over_quota'].includes(code);

/**
 * Sends what waits, several at once, small kinds first.
 * @returns how many were sent; ends when nothing can be tried at the moment
 */
export async function drain(ports: QueuePorts, concurrency = 3): Promise<number> {
	let sent = 0;
	const active = new Set<string>();
	const lane = async () => {
		while (ports.isOpen()) {
			const candidates = await ports.store.next(ports.now(), concurrency + active.size, fileKinds);
			const transfer = candidates.find(({ id }) => !active.has(id));
			if (!transfer) return;
			active.add(transfer.id);
			try {
				await upload(transfer, ports.server, ports.read);
				await ports.store.remove(transfer.id);
				sent++;
			} catch (error) {
				const attempts = transfer.attempts + 1;
				const code = (error as { code?: string })?.code ?? '';
				await ports.store.update(transfer.id, {
					attempts,
					notBefore: ports.now() + retryDelay(attempts, ports.random()),
					...(isFinal(code) ? { problem: (error as Error).message, code } : {})
				});
			} finally {
				active.delete(transfer.id);
			}
		}
	};
	await Promise.all(Array.from({ length: concurrency }, lane));
	return sent;
}
