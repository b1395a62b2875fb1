// Reads a camera's waiting photos onto this device, one after the other.
import { type Remote, transfer } from 'comlink';
import { ALL } from '#shared/ptp/codes.ts';
import { PtpError } from '#shared/ptp/error.ts';
import { download } from '#shared/ptp/objects.ts';
import type { Session } from '#shared/ptp/session.ts';
import { SONY_BUFFER } from '#shared/ptp/sony.ts';
import { type DeviceDatabase, type ShotRow, isDeviceFull } from '../../device/database.ts';
import type { Importer } from '../importer.ts';
import type { ReceiveWorker } from './receive.worker.ts';
import { isInBuffer } from './shots.ts';

export interface ReceiverPorts {
	person: string;
	database: DeviceDatabase;
	importer(): Promise<Importer>;
	worker: Remote<ReceiveWorker>;
	/** a shot is whole on this device, and can be seen; where it goes follows */
	onReceived(shot: ShotRow, sha256: string): void;
}

/** What came of one try. */
export type Outcome =
	| { kind: 'done'; sha256: string; isNew: boolean }
	/** it stays on the camera: why, for people */
	| { kind: 'failed'; reason: string }
	/** the device has no room: it waits */
	| { kind: 'full' }
	/** all bytes are here; the next can be read while this one is put in its place */
	| { kind: 'whole'; settle(): Promise<Exclude<Outcome, { kind: 'whole' }>> };

/** The largest file that is read from a camera: photos, for films stay on their cards. */
const MAX_SHOT_BYTES = 2 * 1024 ** 3;
/** How often a photo is tried that the camera breaks off. */
const TRIES = 3;

/** The name under which a shot's bytes grow on this device. */
export const incomingName = ({ camera, id }: Pick<ShotRow, 'camera' | 'id'>): string =>
	`${camera.slice(0, 8)}-${id}`;

const reasons: Partial<Record<PtpError['code'], string>> = {
	too_large: 'It is larger than 2 GB. It stays on the card.',
	truncated: 'The camera sent less than it promised.',
	refused: 'The camera does not give it.',
	stall: 'The camera breaks off.'
};
/** How often a photo is tried that ends the connection: one bad photo does not hold up all others for ever. */
const LOST_TRIES = 6;

/**
 * Reads one photo, from where an earlier try was cut off.
 * @param onProgress bytes that are here
 * @throws PtpError when the connection is lost: the photo waits, and what is here of it stays
 */
export async function receive(
	ports: ReceiverPorts,
	session: Session,
	partial: number | null,
	shot: ShotRow,
	onProgress: (received: number) => void
): Promise<Outcome> {
	const { person, database, importer, worker } = ports;
	const name = incomingName(shot);
	const fail = async (reason: string) => {
		await worker.discard(person, name);
		await database.shots.update(shot.id, { state: 'failed', reason });
		return { kind: 'failed' as const, reason };
	};
	const settle = async (): Promise<Exclude<Outcome, { kind: 'whole' }>> => {
		try {
			const { sha256, size, type } = await worker.finish(person, name);
			if (!type) return await fail('It is no photo that we take. It stays on the card.');
			ports.onReceived(shot, sha256);
			const { workspace, event, marks, preset } = shot;
			const isNew = await (
				await importer()
			).take(
				{ workspace, event },
				{
					name: shot.name,
					size,
					lastModified: shot.noticedAt,
					sha256,
					type,
					...(marks ? { marks } : {}),
					...(preset ? { preset } : {})
				}
			);
			await database.shots.update(shot.id, { state: 'done', sha256, reason: null });
			return { kind: 'done', sha256, isNew };
		} catch (error) {
			if (!isDeviceFull(error)) throw error;
			return { kind: 'full' };
		}
	};
	try {
		// another one may lie there by now
		if (shot.handle === SONY_BUFFER && !(await isInBuffer(session, shot)))
			return await fail('The camera has it in its buffer no more. It may be on its card.');
		let from = await worker.open(person, name);
		// a camera that cannot send parts begins anew; and what is longer than the photo is none of it
		const isKnown = shot.size > 0 && shot.size < ALL;
		if (from > 0 && (partial === null || (isKnown && from > shot.size))) {
			await worker.discard(person, name);
			from = await worker.open(person, name);
		}
		onProgress(from);
		await download(session, {
			handle: shot.handle,
			size: shot.size,
			partial,
			from,
			max: MAX_SHOT_BYTES,
			async write(bytes, at) {
				const end = at + bytes.length;
				await worker.write(name, transfer(bytes, [bytes.buffer]), at);
				onProgress(end);
			}
		});
		return { kind: 'whole', settle };
	} catch (error) {
		if (isDeviceFull(error)) {
			await worker.pause(name);
			return { kind: 'full' };
		}
		if (!(error instanceof PtpError)) throw error;
		const attempts = shot.attempts + 1;
		if (session.failure) {
			await worker.pause(name);
			if (error.code !== 'gone' && attempts >= LOST_TRIES)
				await fail('The camera loses the connection over it.');
			// being unplugged is nobody's fault
			else if (error.code !== 'gone') await database.shots.update(shot.id, { attempts });
			throw error;
		}
		const reason = reasons[error.code] ?? error.message;
		if (error.code === 'too_large' || attempts >= TRIES) return fail(reason);
		await worker.discard(person, name);
		await database.shots.update(shot.id, { attempts });
		return receive(ports, session, partial, { ...shot, attempts }, onProgress);
	}
}
