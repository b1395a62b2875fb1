// What the pages of a browser showed and kept when an end-to-end test failed, for whoever reads its output later.
import type { Page } from 'playwright-core';
import { afterEach } from 'vitest';
import { openPages } from './browser.ts';

const MAX_WAIT_MS = 5_000;

/** Words on the page, how far photos are, and who holds or waits for a lock: in one line. */
async function stateOf(page: Page): Promise<string> {
	const { words, photos, locks } = await page.evaluate(async () => {
		const wait = <T>(request: IDBRequest<T>) =>
			new Promise<T>((done, fail) => {
				request.onsuccess = () => done(request.result);
				request.onerror = () => fail(request.error!);
			});
		const photosHere: string[] = [];
		for (const { name } of await indexedDB.databases()) {
			if (!name?.startsWith('aura-')) continue;
			const database = await wait(indexedDB.open(name));
			if (database.objectStoreNames.contains('imports')) {
				const store = database.transaction('imports').objectStore('imports');
				const rows = await wait<{ name: string; state: string; faces: number; isEntered?: true }[]>(
					store.getAll()
				);
				photosHere.push(
					...rows
						.slice(-12)
						.map((row) => `${row.name} ${row.state} ${row.faces}${row.isEntered ? ' entered' : ''}`)
				);
			}
			database.close();
		}
		const { held, pending } = await navigator.locks.query();
		return {
			words: document.body.innerText,
			photos: photosHere,
			locks: [
				...held!.map(({ name }) => `held ${name}`),
				...pending!.map(({ name }) => `waits ${name}`)
			]
		};
	});
	const shown = words.replaceAll(/\s+/g, ' ').slice(-500);
	return `${page.url()} [${photos.join(', ')}] [${locks.join(', ')}] ${shown}`;
}

afterEach(async ({ task }) => {
	if (task.result?.state !== 'fail') return;
	const late = new Promise<string>((done) => setTimeout(done, MAX_WAIT_MS, 'does not answer'));
	const lines = await Promise.all(
		openPages().map((page) =>
			Promise.race([stateOf(page), late]).catch(
				(error: unknown) => `${page.url()} ${String(error)}`
			)
		)
	);
	throw new Error(['the pages:', ...lines].join('\n'));
});
