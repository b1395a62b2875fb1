// Ten thousand files wait on a device: how smooth the page of transfers stays while they are sent, and what memory it takes.
import type { CDPSession, Page } from 'playwright-core';
import sharp from 'sharp';
import { until } from '../support/client.ts';
import { samplePhoto } from '../support/paths.ts';
import { createEvent, installed, isSaved } from '../support/studio.ts';
import { withStudio } from './studio-page.ts';
import { type Figure, figure } from './support.ts';

const FILES = 10_000;
/** How long sending is watched, in turns of so many ms. */
const TURN = { ms: 5_000, count: 12 };

/** Thumbnails that were imported and not sent: each a file of its own. */
async function queueFiles(page: Page, event: string, thumb: Buffer): Promise<void> {
	await page.evaluate(
		async ({ event, base64, count }) => {
			const identity = JSON.parse(localStorage.getItem('aura.identity')!) as {
				user: { id: string };
				workspaces: { id: string }[];
			};
			const person = identity.user.id;
			const base = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
			const hex = (bytes: ArrayBuffer) =>
				[...new Uint8Array(bytes)].map((n) => n.toString(16).padStart(2, '0')).join('');
			const database = await new Promise<IDBDatabase>((done) => {
				const request = indexedDB.open(`aura-${person}`);
				request.onsuccess = () => done(request.result);
			});
			const root = await navigator.storage.getDirectory();
			const folders = new Map<string, Promise<FileSystemDirectoryHandle>>();
			const folderOf = (name: string) => {
				const open = async () => {
					let folder = root;
					for (const part of ['people', person, 'thumb', name])
						folder = await folder.getDirectoryHandle(part, { create: true });
					return folder;
				};
				const known = folders.get(name) ?? open();
				folders.set(name, known);
				return known;
			};
			const put = async (i: number) => {
				const bytes = new Uint8Array(base.length + 8);
				bytes.set(base);
				new DataView(bytes.buffer).setUint32(base.length, i);
				const sha256 = hex(await crypto.subtle.digest('SHA-256', bytes));
				const photo = sha256.slice(0, 32);
				const handle = await (
					await folderOf(photo.slice(0, 2))
				).getFileHandle(photo, { create: true });
				const stream = await handle.createWritable();
				await stream.write(bytes);
				await stream.close();
				const transaction = database.transaction(['transfers', 'files'], 'readwrite');
				transaction.objectStore('files').put({ key: `thumb/${photo}`, size: bytes.length });
				transaction.objectStore('transfers').put({
					...{
						id: `${event}/${photo}/thumb`,
						workspace: identity.workspaces[0]!.id,
						event,
						photo
					},
					...{ kind: 'thumb', sha256, size: bytes.length, order: 0, notBefore: 0, attempts: 0 },
					...{ problem: null, stuck: 0, createdAt: i }
				});
				await new Promise((done) => (transaction.oncomplete = done));
			};
			const rest = Array(count).keys();
			const lane = async () => {
				for (const i of rest) await put(i);
			};
			await Promise.all(Array.from({ length: 16 }, lane));
			database.close();
		},
		{ event, base64: thumb.toString('base64'), count: FILES }
	);
}

/** Frames of the page from now on; what they say is taken out each time. */
async function watchFrames(page: Page): Promise<() => Promise<number[]>> {
	await page.evaluate(() => {
		const frames: number[] = [];
		Object.assign(window, { frames });
		let before = performance.now();
		const next = (now: number) => {
			frames.push(now - before);
			before = now;
			requestAnimationFrame(next);
		};
		requestAnimationFrame(next);
	});
	return () => page.evaluate(() => (window as unknown as { frames: number[] }).frames.splice(0));
}

/** What the page holds on to, MB. */
async function heapOf(session: CDPSession): Promise<number> {
	await session.send('HeapProfiler.collectGarbage');
	const { metrics } = await session.send('Performance.getMetrics');
	return metrics.find(({ name }) => name === 'JSHeapUsedSize')!.value / 1e6;
}

const p95 = (values: number[]): number =>
	values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.95)]!;

const waitingOf = async (page: Page): Promise<number> => {
	const line = await page.getByTestId('transfer-line').innerText();
	return Number(/^([\d,]+) file/.exec(line)?.[1]?.replaceAll(',', '') ?? 0);
};

export async function run(): Promise<Figure[]> {
	return withStudio(async ({ server, page, context }) => {
		const event = (await createEvent(page, 'Ten thousand')).split('/').pop()!;
		await until('saved', () => isSaved(page));
		await installed(page);
		const thumb = await sharp(samplePhoto(3)).resize(400).webp({ quality: 78 }).toBuffer();
		await server.stop('SIGKILL');
		await queueFiles(page, event, thumb);
		const session = await context.newCDPSession(page);
		await session.send('Performance.enable');
		await page.goto(`${server.url}/account/transfers`);
		await until('the queue', async () => (await waitingOf(page)) === FILES, 60_000);
		const framesSince = await watchFrames(page);
		await page.waitForTimeout(TURN.ms);
		const still = await framesSince();
		const heaps = [await heapOf(session)];
		await server.start();
		await until('sending', async () => (await waitingOf(page)) < FILES, 120_000);
		await framesSince();
		const began = { at: performance.now(), waiting: await waitingOf(page) };
		const frames: number[] = [];
		for (let turn = 0; turn < TURN.count && (await waitingOf(page)) > 0; turn++) {
			await page.mouse.wheel(0, turn % 2 ? -600 : 600);
			await page.waitForTimeout(TURN.ms);
			frames.push(...(await framesSince()));
			heaps.push(await heapOf(session));
			await framesSince();
		}
		const sent = began.waiting - (await waitingOf(page));
		const seconds = (performance.now() - began.at) / 1000;
		return [
			figure('transfers', p95(frames), null, 'ms between frames, p95', 'ours <= 34; heap flat', {
				...{ waiting: p95(still), worst: Math.round(Math.max(...frames)), files: FILES },
				...{ sent, sentASecond: Math.round(sent / seconds) },
				...{ heapFirst: Math.round(heaps[0]!), heapMost: Math.round(Math.max(...heaps)) },
				heapLast: Math.round(heaps.at(-1)!)
			})
		];
	});
}
