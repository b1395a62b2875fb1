// What the page of transfers shows: read from this device's database, and heard from the tab that sends.
import type { FileKind } from '#shared/files/kinds.ts';
import type { DeviceDatabase, TransferRow } from '../device/database.ts';
import { timeLeft } from '../ui/dates.ts';

export interface Waiting {
	/** of each kind */
	kinds: { kind: FileKind; files: number; bytes: number }[];
	files: number;
	bytes: number;
}
/** One file as it is listed. */
export interface Listed {
	row: TransferRow;
	/** of the photo, as its file was called */
	name: string;
}

/** More than anybody reads; those that are sent next come first. */
export const SHOWN = 40;

export const isWaiting = async ({ transfers }: DeviceDatabase): Promise<boolean> =>
	(await transfers.where('stuck').equals(0).count()) > 0;

export async function readWaiting({ transfers }: DeviceDatabase): Promise<Waiting> {
	const kinds = new Map<FileKind, { kind: FileKind; files: number; bytes: number }>();
	await transfers
		.orderBy('[order+createdAt]')
		.filter(({ problem }) => problem === null)
		.each(({ kind, size }) => {
			const sum = kinds.get(kind) ?? { kind, files: 0, bytes: 0 };
			sum.files++;
			sum.bytes += size;
			kinds.set(kind, sum);
		});
	const all = [...kinds.values()];
	return {
		kinds: all,
		files: all.reduce((sum, { files }) => sum + files, 0),
		bytes: all.reduce((sum, { bytes }) => sum + bytes, 0)
	};
}

async function named({ imports }: DeviceDatabase, rows: TransferRow[]): Promise<Listed[]> {
	return Promise.all(
		rows.map(async (row) => {
			// a photo's id is the beginning of its content's hash
			const from = await imports
				.where('[event+sha256]')
				.between([row.event, row.photo], [row.event, `${row.photo}g`])
				.first();
			return { row, name: from?.name ?? `Photo ${row.photo.slice(0, 8)}` };
		})
	);
}

export const listNext = async (database: DeviceDatabase): Promise<Listed[]> =>
	named(
		database,
		await database.transfers
			.orderBy('[order+createdAt]')
			.filter(({ problem }) => problem === null)
			.limit(SHOWN)
			.toArray()
	);

export const listStuck = async (database: DeviceDatabase): Promise<Listed[]> =>
	named(database, await database.transfers.where('stuck').equals(1).limit(SHOWN).toArray());

/** What was given up is tried again. */
export const retry = async ({ transfers }: DeviceDatabase, id?: string): Promise<void> => {
	const stuck = transfers.where('stuck').equals(1);
	await (id === undefined ? stuck : stuck.filter((row) => row.id === id)).modify({
		stuck: 0,
		problem: null,
		notBefore: 0
	});
};

export const kindWords: Record<FileKind, string> = {
	thumb: 'Thumbnail',
	faces: 'Faces',
	web: 'Web size',
	original: 'Original'
};

/** Below so many bytes a second nobody can tell when it ends. */
const TELLING_RATE = 200;

/** '12 min left'; empty when it cannot be told. */
export const leftWords = (bytes: number, rate: number): string =>
	bytes === 0 || rate < TELLING_RATE ? '' : timeLeft(bytes / rate);
