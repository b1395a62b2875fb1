// A guest with a slow phone on a slow network: from the shutter to the first photo when the models are kept, and what it
// costs to come to the first photo for the first time, in bytes as they went over the line, both ways.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type BadNetwork, badNetwork } from '../support/bad-network.ts';
import { launchProfile } from '../support/browser.ts';
import { PHONE, eventWithGuest, openPhone, publish } from '../support/guest.ts';
import { startTestServer } from '../support/server.ts';
import { firstPage } from '../support/studio.ts';
import { type Figure, figure, median } from './support.ts';

const SLOWER = 6;
/** 3G as Lighthouse has it: 1.6 Mbit/s, 150 ms there and back. */
const THREE_G = { bandwidth: 200_000, latency: 75 };
const ROUNDS = 5;
/** How long a slowed process runs at a time, ms. */
const SLICE_MS = 5;

/**
 * Slows all renderers of a browser, pages and workers alike, by stopping them most of the time: the protocol's own
 * throttle does not reach workers.
 * @returns ends it
 */
async function slowDown(browser: Browser): Promise<() => void> {
	const session = await browser.newBrowserCDPSession();
	const { processInfo } = await session.send('SystemInfo.getProcessInfo');
	const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
	await session.detach();
	const signal = (name: 'SIGSTOP' | 'SIGCONT') => {
		for (const id of renderers)
			try {
				process.kill(id, name);
			} catch {
				// it has ended
			}
	};
	let isOver = false;
	const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
	void (async () => {
		while (!isOver) {
			signal('SIGSTOP');
			const began = performance.now();
			await wait((SLOWER - 1) * SLICE_MS);
			const stopped = performance.now() - began;
			signal('SIGCONT');
			await wait(stopped / (SLOWER - 1));
		}
	})();
	return () => {
		isOver = true;
		signal('SIGCONT');
	};
}

const firstPhoto = (page: Page) =>
	page.evaluate(async () => {
		const shutter = document.querySelector<HTMLButtonElement>(
			'button[aria-label="Take the selfie"]'
		)!;
		const start = performance.now();
		shutter.click();
		for (;;) {
			await new Promise(requestAnimationFrame);
			const image = document.querySelector<HTMLImageElement>('[data-testid="matches"] img');
			if (image?.complete && image.naturalWidth > 0) return performance.now() - start;
		}
	});

/** Milliseconds from the shutter to the first photo. */
async function visit(context: BrowserContext, url: string, isSlow: boolean): Promise<number> {
	const page = await context.newPage();
	page.setDefaultTimeout(180_000);
	await page.goto(url);
	const hurry = isSlow ? await slowDown(context.browser()!) : null;
	await page.getByRole('button', { name: 'I agree, find my photos' }).click();
	await page.getByText('Good. Press the button').waitFor();
	const time = await firstPhoto(page).finally(() => hurry?.());
	await page.close();
	return time;
}

export async function run(): Promise<Figure[]> {
	const folder = mkdtempSync(join(tmpdir(), 'aura-guest-'));
	const server = await startTestServer();
	const studio = await launchProfile(join(folder, 'studio'));
	const phone = await openPhone(folder);
	const port = Number(new URL(server.url).port);
	const lines: BadNetwork[] = [];
	const line = async (weather: object) => {
		const made = await badNetwork({ port }, { seed: 1, ...weather });
		lines.push(made);
		return made;
	};
	try {
		const page = await firstPage(studio);
		await eventWithGuest(page, server.url, 'Wedding');
		const path = new URL(await publish(page)).pathname;
		await page.close();
		const megabytes = ({ carried }: BadNetwork) => (carried.up + carried.down) / 1e6;

		const cold = await line({});
		const first = await phone.newContext(PHONE);
		await visit(first, `${cold.url}${path}`, false);
		await first.close();

		const sending = await line({});
		const context = await phone.newContext(PHONE);
		const guest = await context.newPage();
		await guest.goto(`${sending.url}${path}`);
		await guest.getByRole('button', { name: 'Send a small picture instead' }).click();
		await guest.getByRole('button', { name: 'I agree, find my photos' }).click();
		await guest.getByText('Your face in the oval').waitFor();
		await firstPhoto(guest);
		const sent = megabytes(sending);
		await context.close();

		const slow = await line(THREE_G);
		const kept = await phone.newContext(PHONE);
		const times: number[] = [];
		for (let round = 0; round <= ROUNDS; round++)
			times.push(await visit(kept, `${slow.url}${path}`, round > 0));
		const measured = times.slice(1).map((ms) => ms / 1000);
		return [
			figure('guest', median(measured), null, 's, shutter to the first photo', 'ours <= 3', {
				...{ slower: SLOWER, worst: Number(Math.max(...measured).toFixed(2)) }
			}),
			figure('guest cold', megabytes(cold), null, 'MB to the first photo', 'ours <= 9'),
			figure('guest picture', sent, null, 'MB to the first photo', 'ours <= 0.4')
		];
	} finally {
		for (const each of lines) await each.close();
		await phone.close();
		await studio.close();
		await server.stop();
		rmSync(folder, { recursive: true, force: true });
	}
}
