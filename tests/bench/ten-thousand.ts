// An event of 10 000 photos on a device, as if they had come from the server long ago.
import type { Page } from 'playwright-core';
import * as Y from 'yjs';

const PHOTOS = 10_000;
const idOf = (i: number) => i.toString(16).padStart(32, '0');

function eventUpdate(person: string): Uint8Array {
	const doc = new Y.Doc();
	doc.transact(() => {
		for (let i = 0; i < PHOTOS; i++)
			doc.getMap('photos').set(idOf(i), {
				name: `IMG_${String(i).padStart(5, '0')}.JPG`,
				sha256: idOf(i) + idOf(i),
				size: 8_000_000,
				type: 'image/jpeg',
				width: i % 3 ? 6000 : 4000,
				height: i % 3 ? 4000 : 6000,
				orientation: 1,
				takenAt: new Date(Date.UTC(2026, 0, 19, 8) + i * 3_000).toISOString().slice(0, 19),
				camera: 'NIKON Z 6',
				by: person,
				importedAt: '2026-01-19T12:00:00.000Z',
				preview: 'full'
			});
	});
	return Y.encodeStateAsUpdate(doc);
}

/**
 * Puts the event's photos on the device, with pictures of the first of them.
 * @param pictures by kind: WebP files that take turns, and how many photos get one
 */
export async function putTenThousand(
	page: Page,
	event: string,
	pictures: { kind: 'thumb' | 'web'; files: Buffer[]; count: number }[]
): Promise<void> {
	const person = await page.evaluate(
		() => (JSON.parse(localStorage.getItem('aura.identity')!) as { user: { id: string } }).user.id
	);
	await page.evaluate(
		async ({ document, update, pictures, person }) => {
			const bytes = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
			const database = await new Promise<IDBDatabase>((done) => {
				const request = indexedDB.open(`aura-${person}`);
				request.onsuccess = () => done(request.result);
			});
			const transaction = database.transaction(['updates', 'files'], 'readwrite');
			transaction.objectStore('updates').add({ document, bytes: bytes(update) });
			const name = (i: number) => i.toString(16).padStart(32, '0');
			for (const { kind, count } of pictures)
				for (let i = 0; i < count; i++)
					transaction.objectStore('files').put({ key: `${kind}/${name(i)}`, size: 1 });
			await new Promise((done) => (transaction.oncomplete = done));
			for (const { kind, files, count } of pictures) {
				const contents = files.map(bytes);
				let folder = await navigator.storage.getDirectory();
				for (const part of ['people', person, kind, '00'])
					folder = await folder.getDirectoryHandle(part, { create: true });
				for (let i = 0; i < count; i++) {
					const handle = await folder.getFileHandle(name(i), { create: true });
					const stream = await handle.createWritable();
					await stream.write(contents[i % contents.length]!);
					await stream.close();
				}
			}
		},
		{
			document: `event/${event}`,
			update: Buffer.from(eventUpdate(person)).toString('base64'),
			pictures: pictures.map(({ files, ...rest }) => ({
				...rest,
				files: files.map((file) => file.toString('base64'))
			})),
			person
		}
	);
}
