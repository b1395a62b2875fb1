// Whether a card may be formatted: only when every file of it is kept twice, and was compared after it was written.
import { fileBit } from '#shared/files/kinds.ts';
import { photoIdOf } from '#shared/photos/identity.ts';
import type { BatchRow, DeviceDatabase, ImportRow } from '../../device/database.ts';
import type { StoredOf } from '../../device/usage.ts';
import { copyLock } from '../batches.ts';

/** How far the files of a card are in safety. */
export interface Safety {
	batch: BatchRow;
	/** files that were chosen */
	files: number;
	/** on this device or the server, compared */
	kept: number;
	/** in the second folder, compared */
	second: number;
	/** on the server as well */
	sent: number;
	/** could not be taken */
	refused: number;
	/** files are being copied */
	isCopying: boolean;
}

export type Verdict =
	| 'copying'
	/** the page was closed before all was copied */
	| 'cut off'
	/** some files could not be taken */
	| 'refused'
	/** some days were left on the card */
	| 'left out'
	/** the second folder does not have all */
	| 'second failed'
	/** all is here, and here alone */
	| 'one copy'
	| 'safe in folder'
	| 'safe on server';

export function verdictOf(safety: Safety): Verdict {
	const { batch, files, kept, second, sent, refused, isCopying } = safety;
	if (isCopying) return 'copying';
	if (kept + refused < files) return 'cut off';
	if (refused > 0) return 'refused';
	if (batch.leftOut > 0) return 'left out';
	if (batch.second && second === files) return 'safe in folder';
	if (sent === files) return 'safe on server';
	return batch.second ? 'second failed' : 'one copy';
}

/** Whether a card may be formatted. */
export const isSafe = (verdict: Verdict): boolean => verdict.startsWith('safe');

type Counted = Pick<ImportRow, 'state' | 'second' | 'sha256'>;

/** @param isStored whether the server has the original of this photo */
export function countSafety(
	batch: BatchRow,
	rows: readonly Counted[],
	isCopying: boolean,
	isStored: (photo: string) => boolean
): Safety {
	const safety: Safety = {
		batch,
		files: rows.length,
		kept: 0,
		second: 0,
		sent: 0,
		refused: 0,
		isCopying
	};
	for (const { state, second, sha256 } of rows) {
		if (state === 'refused') safety.refused++;
		else if (sha256) safety.kept++;
		if (second === 'verified') safety.second++;
		if (sha256 && isStored(photoIdOf(sha256))) safety.sent++;
	}
	return safety;
}

/** The cards and folders that were imported and not put aside, the newest first. */
export async function readSafety(
	{ batches, imports }: DeviceDatabase,
	storedOf: StoredOf
): Promise<Safety[]> {
	const all = await batches.toArray();
	if (all.length === 0) return [];
	const locks = await navigator.locks.query();
	const held = new Set(locks.held?.map(({ name }) => name));
	const found: Safety[] = [];
	for (const batch of all.sort((a, b) => (a.at < b.at ? 1 : -1))) {
		const isCopying = held.has(copyLock(batch.id));
		const rows = isCopying
			? []
			: await imports.where('[batch+state+faces]').between([batch.id], [batch.id, []]).toArray();
		const stored = await storedOf(batch.event);
		found.push(
			countSafety(batch, rows, isCopying, (photo) => (stored(photo) & fileBit.original) !== 0)
		);
	}
	return found;
}
