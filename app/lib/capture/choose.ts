import type { Chosen } from './importer.ts';

/** Files of hidden or system kind that cards are full of; nobody means them. */
const isNoise = (name: string) =>
	/^\.(?!\.)/.test(name) || /^(thumbs\.db|desktop\.ini)$/i.test(name);

export const fromFiles = (files: Iterable<File>): Chosen[] =>
	[...files].filter(({ name }) => !isNoise(name)).map((file) => ({ file, handle: null }));

/** Every file of a folder and the folders in it, with where it lies; what vanishes meanwhile, or cannot be read, is left out. */
export async function* walkFolder(
	folder: FileSystemDirectoryHandle,
	before = ''
): AsyncGenerator<Chosen & { path: string }> {
	for await (const inner of folder.values()) {
		const path = before + inner.name;
		if (inner.kind === 'directory')
			yield* walkFolder(inner as FileSystemDirectoryHandle, `${path}/`);
		else if (!isNoise(inner.name)) {
			const handle = inner as FileSystemFileHandle;
			const file = await handle.getFile().catch(() => null);
			if (file) yield { file, handle, path };
		}
	}
}

async function* walk(handle: FileSystemHandle): AsyncGenerator<Chosen> {
	if (handle.kind === 'directory') {
		for await (const { file, handle: inner } of walkFolder(handle as FileSystemDirectoryHandle))
			yield { file, handle: inner };
		return;
	}
	if (isNoise(handle.name)) return;
	const file = await (handle as FileSystemFileHandle).getFile().catch(() => null);
	if (file) yield { file, handle: handle as FileSystemFileHandle };
}

async function* walkEntry(entry: FileSystemEntry): AsyncGenerator<Chosen> {
	if (entry.isFile) {
		const file = await new Promise<File | null>((resolve) =>
			(entry as FileSystemFileEntry).file(resolve, () => resolve(null))
		);
		if (file && !isNoise(file.name)) yield { file, handle: null };
		return;
	}
	const reader = (entry as FileSystemDirectoryEntry).createReader();
	for (;;) {
		const inner = await new Promise<FileSystemEntry[]>((resolve) =>
			reader.readEntries(resolve, () => resolve([]))
		);
		if (inner.length === 0) return;
		for (const each of inner) yield* walkEntry(each);
	}
}

/** Files and folders that were dropped, with lasting handles where the browser gives them. */
export async function fromDrop(transfer: DataTransfer): Promise<Chosen[]> {
	// Items are gone after the first await: ask all of them now.
	const items = [...transfer.items]
		.filter(({ kind }) => kind === 'file')
		.map((item) => ({
			handle: (
				item as DataTransferItem & { getAsFileSystemHandle?(): Promise<FileSystemHandle | null> }
			)
				.getAsFileSystemHandle?.()
				.catch(() => null),
			entry: item.webkitGetAsEntry()
		}));
	const chosen: Chosen[] = [];
	for (const { handle, entry } of items) {
		const lasting = await handle;
		if (lasting) for await (const each of walk(lasting)) chosen.push(each);
		else if (entry) for await (const each of walkEntry(entry)) chosen.push(each);
	}
	return chosen;
}
