// Files that another application gave to this one: kept on this device from the moment they come until somebody says
// where they belong. Works in the service worker and in pages.

/** Beside people's folders: the service worker does not know who is signed in. */
const FOLDER = 'shared';
/** A number in front keeps files of one name apart. */
const nameOf = (entry: string) => entry.replace(/^[0-9a-f-]{36}_/, '');

const folder = async () =>
	(await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });

/** @throws DOMException QuotaExceededError when the device is full; what was written before stays */
export async function putShared(files: readonly File[]): Promise<void> {
	const place = await folder();
	for (const file of files) {
		const entry = `${crypto.randomUUID()}_${file.name.replace(/[/\\]/g, '_').slice(-150)}`;
		const stream = await (await place.getFileHandle(entry, { create: true })).createWritable();
		try {
			await file.stream().pipeTo(stream);
		} catch (error) {
			await place.removeEntry(entry).catch(() => undefined);
			throw error;
		}
	}
}

export interface SharedFile {
	entry: string;
	file: File;
}

/** What waits, under the names that the files had. */
export async function readShared(): Promise<SharedFile[]> {
	const found: SharedFile[] = [];
	for await (const handle of (await folder()).values()) {
		if (handle.kind !== 'file') continue;
		const file = await (handle as FileSystemFileHandle).getFile();
		// an empty one is what a cut left
		if (file.size > 0)
			found.push({
				entry: handle.name,
				file: new File([file], nameOf(handle.name), {
					type: file.type,
					lastModified: file.lastModified
				})
			});
	}
	return found;
}

export async function removeShared(entries: readonly string[]): Promise<void> {
	const place = await folder();
	for (const entry of entries) await place.removeEntry(entry).catch(() => undefined);
}

/** Takes in what the system's share sheet posts. @returns where the browser goes next */
export async function answerShare(request: Request): Promise<Response> {
	let query = '';
	try {
		const form = await request.formData();
		const files = form.getAll('photos').filter((part): part is File => part instanceof File);
		await putShared(files);
	} catch (error) {
		console.error(error);
		query =
			(error as DOMException).name === 'QuotaExceededError' ? '?problem=full' : '?problem=cut';
	}
	return Response.redirect(`/share${query}`, 303);
}
