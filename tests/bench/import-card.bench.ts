// A card of JPEGs taken in, each hashed and compared after writing, beside copying the same files and no more.
import sharp from 'sharp';
import { withFolders } from '../support/card.ts';
import { samplePhoto } from '../support/paths.ts';
import { createEvent } from '../support/studio.ts';
import { withStudio } from './studio-page.ts';
import { type Figure, figure } from './support.ts';

/** The issue names 1 000; a fifth of them says the same. */
const FILES = 1000;
const BYTES = 8_000_000;

/** Photos as large as is wished, which differ: filler behind the end marker, where cameras keep previews. */
async function makeCard({ jpeg, files, bytes }: { jpeg: string; files: number; bytes: number }) {
	const picture = Uint8Array.from(atob(jpeg), (letter) => letter.charCodeAt(0));
	const root = await navigator.storage.getDirectory();
	const card = await root.getDirectoryHandle('CARD', { create: true });
	for (let i = 0; i < files; i++) {
		const whole = new Uint8Array(bytes);
		whole.set(picture);
		for (let at = picture.length; at < bytes; at += 65_536)
			crypto.getRandomValues(whole.subarray(at, at + 65_536));
		const name = `IMG_${String(i).padStart(4, '0')}.JPG`;
		const stream = await (await card.getFileHandle(name, { create: true })).createWritable();
		await stream.write(whole);
		await stream.close();
	}
}

/** Copies every file of the card in a worker. @returns files a second */
async function plainCopy(): Promise<number> {
	const source = `onmessage = async () => {
		const root = await navigator.storage.getDirectory();
		const card = await root.getDirectoryHandle('CARD');
		const to = await root.getDirectoryHandle('PLAIN', { create: true });
		const start = performance.now();
		let files = 0;
		for await (const handle of card.values()) {
			const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
			const access = await (await to.getFileHandle(handle.name, { create: true })).createSyncAccessHandle();
			access.write(bytes);
			access.flush();
			access.close();
			files++;
		}
		postMessage(files / ((performance.now() - start) / 1000));
	};`;
	const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
	const speed = await new Promise<number>((done) => {
		worker.onmessage = ({ data }) => done(data as number);
		worker.postMessage(null);
	});
	worker.terminate();
	await (await navigator.storage.getDirectory()).removeEntry('PLAIN', { recursive: true });
	return speed;
}

/** Waits until nothing is to be copied any more. @returns files a second since then */
async function copied({ start, files }: { start: number; files: number }): Promise<number> {
	const person = (JSON.parse(localStorage.getItem('aura.identity')!) as { user: { id: string } })
		.user.id;
	const database = await new Promise<IDBDatabase>((done) => {
		const request = indexedDB.open(`aura-${person}`);
		request.onsuccess = () => done(request.result);
	});
	const count = (state: string) =>
		new Promise<number>((done) => {
			const request = database
				.transaction('imports')
				.objectStore('imports')
				.index('state')
				.count(state);
			request.onsuccess = () => done(request.result);
		});
	while ((await count('copied')) < files) await new Promise((next) => setTimeout(next, 20));
	return files / ((Date.now() - start) / 1000);
}

export async function run(): Promise<Figure[]> {
	const jpeg = await sharp(samplePhoto(3)).resize(1500).jpeg().toBuffer();
	return withStudio(async ({ page, context }) => {
		await withFolders(context, { 'aura-card': 'CARD' });
		await page.reload();
		await createEvent(page, 'Card');
		await page.evaluate(makeCard, { jpeg: jpeg.toString('base64'), files: FILES, bytes: BYTES });
		// what is made of photos comes later: here it is about copying
		await page.evaluate(() => {
			const { user } = JSON.parse(localStorage.getItem('aura.identity')!) as {
				user: { id: string };
			};
			void navigator.locks.request(`aura-develop-${user.id}`, () => new Promise(() => {}));
		});
		const before = await page.evaluate(plainCopy);
		await page.getByRole('button', { name: 'Import a card or folder' }).click();
		const dialog = page.getByRole('dialog');
		await dialog.getByRole('button', { name: 'Choose card or folder…' }).click();
		const button = dialog.getByRole('button', { name: /^Import \d/ });
		await button.waitFor();
		const start = Date.now();
		await button.click();
		const ours = await page.evaluate(copied, { start, files: FILES });
		const after = await page.evaluate(plainCopy);
		const peer = (before + after) / 2;
		return [
			figure('import-card', ours, peer, 'files/s', 'ratio >= 0.6', {
				files: FILES,
				megabytesPerSecond: Math.round((ours * BYTES) / 1e6)
			})
		];
	});
}
