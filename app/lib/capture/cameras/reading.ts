// Reads what waits on a camera, one photo after the other: while one is put into its place, the next comes through the cable.
import { type Maker, finished } from '#shared/ptp/makers.ts';
import type { Session } from '#shared/ptp/session.ts';
import type { ShotRow } from '../../device/database.ts';
import { type Outcome, type ReceiverPorts, receive } from './receiver.ts';
import { NO_HANDLE, nextOf } from './shots.ts';

export interface ReadingPorts extends ReceiverPorts {
	isPaused(): boolean;
	onFull(): void;
	/** shots of this camera that wait */
	waiting(): Promise<ShotRow[]>;
	/** something changed its state */
	changed(): Promise<void>;
	onReceiving(receiving: { name: string; size: number; received: number } | null): void;
}

/** How a camera is read at the moment. */
export interface Read {
	session: Session;
	maker: Maker;
	/** the operation that reads parts of a file; null: it has none */
	partial: number | null;
}

/**
 * Reads until nothing waits, or somebody paused, or the device is full.
 * @throws PtpError when the connection was lost
 */
export async function readWaiting(
	ports: ReadingPorts,
	{ session, maker, partial }: Read
): Promise<void> {
	/** @returns whether there was room for it */
	const settle = async (shot: ShotRow, place: () => Promise<Outcome>): Promise<boolean> => {
		const outcome = await place();
		if (outcome.kind === 'full') return false;
		if (outcome.kind === 'done') {
			// a camera that has gone knows it by itself
			await finished(session, maker, shot.handle).catch(() => undefined);
		}
		await ports.changed();
		return true;
	};
	/** what is whole, and on its way to its place */
	let settling: { id: number; done: Promise<boolean> } | null = null;
	try {
		while (!session.failure && !ports.isPaused()) {
			const waiting = await ports.waiting();
			const shot = nextOf(
				waiting.filter(({ id, handle }) => id !== settling?.id && handle !== NO_HANDLE)
			);
			if (!shot) {
				if (!settling) return;
				const { done } = settling;
				settling = null;
				if (!(await done)) return ports.onFull();
				continue;
			}
			const { name, size } = shot;
			const outcome = await receive(ports, session, partial, shot, (received) =>
				ports.onReceiving({ name, size, received })
			);
			if (settling && !(await settling.done)) return ports.onFull();
			settling = null;
			if (outcome.kind === 'full') return ports.onFull();
			if (outcome.kind === 'whole') settling = { id: shot.id, done: settle(shot, outcome.settle) };
			else await ports.changed();
		}
	} finally {
		await settling?.done.catch(() => undefined);
		ports.onReceiving(null);
	}
}
