// Cards and folders that a page can be given: folders of the browser's own file system, in the place of the picker's.
import type { BrowserContext, Page } from 'playwright-core';

/**
 * What the browser's folder picker gives in this context: by its id, a folder of the page's private file system, which
 * has the same interface as one on a disk.
 * @param folders name of a folder by picker id
 */
export async function withFolders(
	context: BrowserContext,
	folders: Record<string, string>
): Promise<void> {
	await context.addInitScript((given) => {
		Object.assign(window, {
			showDirectoryPicker: async ({ id }: { id: string }) =>
				(await navigator.storage.getDirectory()).getDirectoryHandle(given[id]!)
		});
	}, folders);
}

/** Puts files into a folder, by their paths in it. */
export async function fillFolder(
	page: Page,
	folder: string,
	files: Record<string, Uint8Array>
): Promise<void> {
	for (const [path, bytes] of Object.entries(files))
		await page.evaluate(
			async ([folder, path, base64]) => {
				let place = await navigator.storage.getDirectory();
				const parts = [folder, ...path.split('/')];
				const name = parts.pop()!;
				for (const part of parts) place = await place.getDirectoryHandle(part, { create: true });
				const stream = await (await place.getFileHandle(name, { create: true })).createWritable();
				await stream.write(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
				await stream.close();
			},
			[folder, path, Buffer.from(bytes).toString('base64')] as const
		);
}

/** The files in a folder and those in it: SHA-256 by path. */
export const readFolder = (page: Page, folder: string): Promise<Record<string, string>> =>
	page.evaluate(async (folder) => {
		const found: Record<string, string> = {};
		const read = async (place: FileSystemDirectoryHandle, before: string): Promise<void> => {
			for await (const inner of place.values()) {
				if (inner.kind === 'directory') {
					await read(inner as FileSystemDirectoryHandle, `${before}${inner.name}/`);
					continue;
				}
				const file = await (inner as FileSystemFileHandle).getFile();
				const hash = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
				found[before + inner.name] = [...new Uint8Array(hash)]
					.map((byte) => byte.toString(16).padStart(2, '0'))
					.join('');
			}
		};
		await read(await (await navigator.storage.getDirectory()).getDirectoryHandle(folder), '');
		return found;
	}, folder);

export const removeFolder = (page: Page, folder: string): Promise<void> =>
	page.evaluate(
		async (folder) =>
			(await navigator.storage.getDirectory()).removeEntry(folder, { recursive: true }),
		folder
	);

/** A file of a folder. */
export const readFrom = async (page: Page, folder: string, name: string): Promise<Buffer> =>
	Buffer.from(
		await page.evaluate(
			async ([folder, name]) => {
				const root = await navigator.storage.getDirectory();
				let place = root;
				for (const part of folder.split('/')) place = await place.getDirectoryHandle(part);
				const file = await (await place.getFileHandle(name)).getFile();
				const reader = new FileReader();
				reader.readAsDataURL(file);
				await new Promise((done) => (reader.onload = done));
				return (reader.result as string).split(',')[1]!;
			},
			[folder, name] as const
		),
		'base64'
	);
