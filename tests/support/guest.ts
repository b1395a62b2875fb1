// A guest in front of an event, for tests and benchmarks: who they are, what they hold, and what a studio published.
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launch } from './browser.ts';
import { type Crop, writeFakeCamera } from './camera.ts';
import { until } from './client.ts';
import { samplePhoto } from './paths.ts';
import { createEvent, isSaved, photoCountOf, setUpStudio } from './studio.ts';

/** The woman in the middle of sample 3, who is also in sample 1. */
export const guestFace: Crop = {
	...{ photo: samplePhoto(3), left: 0.44, top: 0.06 },
	...{ width: 0.32, height: 0.42 }
};
/** The second woman of sample 6, who is in no other. */
export const strangerFace: Crop = {
	...{ photo: samplePhoto(6), left: 0.26, top: 0.13 },
	...{ width: 0.26, height: 0.34 }
};
export const PHONE = { viewport: { width: 390, height: 844 } };

/** A browser whose camera sees the guest. @param folder for what the camera shows */
export async function openPhone(folder: string): Promise<Browser> {
	const camera = join(folder, 'guest.mjpeg');
	await writeFakeCamera(camera, guestFace);
	return launch([
		'--use-fake-ui-for-media-stream',
		'--use-fake-device-for-media-stream',
		`--use-file-for-fake-video-capture=${camera}`
	]);
}

/** Sets a studio up and imports samples 1 and 3 into an event: the guest is on both. @returns the event's id */
export async function eventWithGuest(page: Page, url: string, name: string): Promise<string> {
	await setUpStudio(page, url);
	const event = await createEvent(page, name);
	await page.getByLabel('Import photos').setInputFiles([samplePhoto(1), samplePhoto(3)]);
	await until('the photos', async () => (await photoCountOf(page)) === 2, 60_000);
	await until('saved', () => isSaved(page), 60_000);
	return event.split('/').pop()!;
}

/** On the page of the event. @returns the guests' address */
export async function publish(page: Page): Promise<string> {
	await page.getByRole('button', { name: 'Publish to guests' }).click();
	return (await page.getByTestId('guest-link').getAttribute('href'))!;
}
