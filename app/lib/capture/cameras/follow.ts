// Listens to a camera in all ways at once until its session ends: what announces itself, what has to be asked for, and what
// got lost.
import type { DeviceInfo } from '#shared/ptp/datasets.ts';
import { PtpError } from '#shared/ptp/error.ts';
import { type CameraEvent, readEvent } from '#shared/ptp/events.ts';
import { type Maker, announces, keepAwake, pollEvents } from '#shared/ptp/makers.ts';
import { handlesOf } from '#shared/ptp/objects.ts';
import type { Session } from '#shared/ptp/session.ts';
import type { Endpoints } from './usb.ts';

/** Canon, Nikon and Sony are asked this often what happened, milliseconds. */
const POLL_MS = 150;
/** The list of everything is compared this often where photos do not announce themselves, and where an announcement may get lost. */
const LIST_MS = 1_500;
const SAFETY_MS = 20_000;
/** Battery, space and clock are looked at this often. */
const LOOK_MS = 30_000;

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export interface Followed {
	session: Session;
	endpoints: Endpoints;
	info: DeviceInfo;
	maker: Maker;
	heard(event: CameraEvent): void;
	/** whether a photo is being read: lists wait then */
	isReading(): boolean;
	/** all that is on its cards */
	listed(handles: readonly number[]): void;
	/** battery, space and clock are due */
	look(): Promise<void>;
}

async function listen({ session, endpoints, heard }: Followed): Promise<void> {
	while (!session.failure) {
		try {
			const event = readEvent(await endpoints.readEvent());
			if (event) heard(event);
		} catch (error) {
			if (error instanceof PtpError && error.code === 'stall') await wait(POLL_MS);
			else throw error;
		}
	}
}

async function poll({ session, maker, heard }: Followed): Promise<void> {
	while (!session.failure) {
		const events = await pollEvents(session, maker);
		for (const event of events ?? []) heard(event);
		await wait(events === null ? LIST_MS : POLL_MS);
	}
}

/** Compares lists: for cameras that say nothing, and for what got lost. */
async function compare({ session, maker, info, isReading, listed }: Followed): Promise<void> {
	// it shows no card
	if (maker === 'sony') return;
	const isQuiet = maker === 'other' && !announces(info);
	while (!session.failure) {
		await wait(isQuiet ? LIST_MS : SAFETY_MS);
		if (session.failure || isReading()) continue;
		listed(await handlesOf(session));
	}
}

async function lookNowAndThen({ session, maker, info, look }: Followed): Promise<void> {
	while (!session.failure) {
		await wait(LOOK_MS);
		if (session.failure) return;
		if (maker === 'canon') await keepAwake(session, info);
		await look();
	}
}

/** Follows a camera until its session ends. @throws PtpError why it ended */
export async function follow(followed: Followed): Promise<never> {
	const { session, maker } = followed;
	const loops = [poll(followed), compare(followed), lookNowAndThen(followed)];
	if (maker === 'other' || maker === 'sony') loops.push(listen(followed));
	// one that ends takes the others with it
	for (const loop of loops)
		loop.catch((error: unknown) =>
			session.end(
				error instanceof PtpError ? error : new PtpError('garbage', (error as Error).message)
			)
		);
	throw await session.ended;
}
