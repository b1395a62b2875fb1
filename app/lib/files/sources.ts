// Where a photo's picture comes from: this device, else the server, which is asked once.
import { addressOf } from '../api/client.ts';
import type { DeviceDatabase } from '../device/database.ts';
import { type FileArea, removeFile, readFile, saveFile } from '../device/files.ts';

export interface PictureRef {
	workspace: string;
	event: string;
	photo: string;
}

export interface Pictures {
	/** An address for an <img>, good until `release`; null when it is neither here nor on the server. */
	address(ref: PictureRef, kind: 'thumb' | 'web'): Promise<string | null>;
	/**
	 * Has a picture on this device and keeps it, or gives it free to go when room is short.
	 * @returns whether it is here
	 */
	keep(ref: PictureRef, kind: 'thumb' | 'web', isKept: boolean): Promise<boolean>;
	release(): void;
}

/** Addresses that are kept at the same time; the oldest are given up first. */
const KEPT = 600;
/** Bytes of pictures from the server that a device keeps; made here, they are not counted. */
const KEPT_BYTES = 1024 ** 3;
/** Pictures after which it is looked how many bytes there are. */
const LOOK_AFTER = 200;

/** Gives up the oldest pictures that the server has, down to some bytes. */
export async function trimFetched(
	person: string,
	{ files }: Pick<DeviceDatabase, 'files'>,
	most: number,
	remove = removeFile
): Promise<void> {
	const rows = await files.where('fetchedAt').above(0).sortBy('fetchedAt');
	let bytes = rows.reduce((sum, { size }) => sum + size, 0);
	if (bytes <= most) return;
	for (const { key, size } of rows) {
		// some room, so that it does not begin again with the next one
		if (bytes <= most * 0.8) return;
		const [area, name] = key.split('/') as [FileArea, string];
		// the row first: a file counts only while the database names it
		await files.delete(key);
		await remove(person, area, name);
		bytes -= size;
	}
}

export function createPictures(person: string, database: DeviceDatabase): Pictures {
	const addresses = new Map<string, string>();
	let count = 0;
	const remember = (key: string, blob: Blob): string => {
		const address = URL.createObjectURL(blob);
		addresses.set(key, address);
		if (addresses.size > KEPT) {
			const [oldest, first] = addresses.entries().next().value!;
			addresses.delete(oldest);
			URL.revokeObjectURL(first);
		}
		return address;
	};
	const fetchOnce = async (ref: PictureRef, kind: 'thumb' | 'web'): Promise<Blob | null> => {
		const { fetchFile } = await import('./fetch.ts');
		const fetched = await fetchFile(
			addressOf('GET /api/workspaces/{workspace}/events/{event}/photos/{photo}/files/{kind}', {
				...ref,
				kind
			}),
			false
		).catch(() => null);
		if (!fetched) return null;
		const { blob } = fetched;
		// Keeping it is a favour to the next visit: a full device shows the picture all the same.
		await saveFile(person, kind, ref.photo, blob).then(
			() =>
				database.files.put({
					key: `${kind}/${ref.photo}`,
					size: blob.size,
					fetchedAt: Date.now()
				}),
			() => undefined
		);
		if (++count % LOOK_AFTER === 0) void trimFetched(person, database, KEPT_BYTES);
		return blob;
	};
	return {
		async address(ref, kind) {
			const key = `${kind}/${ref.photo}`;
			const kept = addresses.get(key);
			if (kept) {
				addresses.delete(key);
				addresses.set(key, kept);
				return kept;
			}
			const file = await readFile(person, kind, ref.photo);
			if (file && file.size > 0 && (await database.files.get(key)))
				return addresses.get(key) ?? remember(key, new Blob([file], { type: 'image/webp' }));
			const fetched = await fetchOnce(ref, kind);
			return fetched && (addresses.get(key) ?? remember(key, fetched));
		},
		async keep(ref, kind, isKept) {
			const key = `${kind}/${ref.photo}`;
			const row = await database.files.get(key);
			if (!row && (!isKept || !(await fetchOnce(ref, kind)))) return false;
			const { fetchedAt, isKept: was, size } = (await database.files.get(key)) ?? { size: 0 };
			// made here: it stays in any case; or the device was full
			if (fetchedAt === undefined && !was) return size > 0;
			await database.files.put({
				key,
				size,
				...(isKept ? { isKept: 1 as const } : { fetchedAt: Date.now() })
			});
			return true;
		},
		release() {
			for (const address of addresses.values()) URL.revokeObjectURL(address);
			addresses.clear();
		}
	};
}
