// The people of an event, told apart by their faces on the device; whom one chooses is on the photos that are shown.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch } from '../support/browser.ts';
import { until } from '../support/client.ts';
import { violationsOf } from '../support/pages.ts';
import { samplePhoto } from '../support/paths.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import {
	createEvent,
	faceCountOf,
	firstPage,
	isSaved,
	photoCountOf,
	setUpStudio,
	shoot,
	undevelopedOn
} from '../support/studio.ts';

let server: ServerProcess;
let browser: Browser;
let page: Page;
/** address of the event, and the faces on its photos */
let event: string;
let faceCount: number;

beforeAll(async () => {
	server = await serverProcess();
	browser = await launch();
	page = await firstPage(await browser.newContext({ reducedMotion: 'reduce' }));
	await setUpStudio(page, server.url);
	event = await createEvent(page, 'Timket 2026');
	await page
		.getByLabel('Import photos')
		.setInputFiles(([1, 2, 3, 4, 5, 6] as const).map(samplePhoto));
	await until('six photos', async () => (await photoCountOf(page)) === 6, 60_000);
	await until('all their faces', async () => (await undevelopedOn(page)) === 0, 60_000);
}, 120_000);
const idOf = (address: string) => address.split('/').pop()!;
const workspaceOf = async (of: Page): Promise<string> => {
	const answer = await of.request.get(`${server.url}/api/auth/me`);
	const { workspaces } = (await answer.json()) as { workspaces: { id: string }[] };
	return workspaces[0]!.id;
};

afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

const faces = () => page.getByTestId('people').getByRole('button');

it('tells them apart: two are on two photos each, and the others on one', async () => {
	await page.getByRole('button', { name: 'People' }).click();
	await faces().first().waitFor();
	const total = (faceCount = await faceCountOf(page));
	await until('all people', async () => (await faces().count()) === total - 2);
	const labels = await faces().evaluateAll((all) => all.map((each) => each.ariaLabel));
	expect(labels.filter((label) => label?.endsWith('on 2 photos'))).toHaveLength(2);
	expect(labels.slice(2).every((label) => label?.endsWith('on 1 photo'))).toBe(true);
	await shoot(page, 'people');
	expect(await violationsOf(page, 'people')).toEqual([]);
}, 60_000);

it('shows the photos of whoever is chosen, and all of them again', async () => {
	await faces().first().click();
	await page.getByText('2 photos with this person').waitFor();
	expect(await page.getByTestId('grid').getByRole('listitem').count()).toBe(2);
	await shoot(page, 'people-chosen');
	await faces().first().click();
	await until(
		'all',
		async () => (await page.getByTestId('grid').getByRole('listitem').count()) === 6
	);
	await faces().nth(3).click();
	await page.getByText('1 photo with this person').waitFor();
	await page.getByRole('button', { name: 'People' }).click();
	await until(
		'all',
		async () => (await page.getByTestId('grid').getByRole('listitem').count()) === 6
	);
});

it('finds a face in all events: what this device knows, and what the server finds', async () => {
	await page.getByRole('button', { name: 'People' }).click();
	await faces().nth(1).click();
	await until('it is saved', () => isSaved(page), 60_000);
	await page.getByTestId('person').getByRole('link', { name: 'In all events' }).click();
	await page.getByText('2 found on this device.').waitFor();
	await until(
		'the server has answered',
		async () => (await page.getByText('Device', { exact: true }).count()) === 0
	);
	await shoot(page, 'face-everywhere');
	expect(await violationsOf(page, 'a face in all events')).toEqual([]);
	const size = page.viewportSize()!;
	await page.setViewportSize({ width: 390, height: 844 });
	expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
	await page.setViewportSize(size);
	// another device has none of the event's faces
	const other = await browser.newContext({ storageState: await page.context().storageState() });
	const second = await other.newPage();
	await second.goto(page.url());
	await second.getByText('0 found on this device, 2 by the server alone.').waitFor();
	await second
		.getByRole('link', { name: /found by the server/ })
		.first()
		.waitFor();
	await second.getByLabel('From').fill('2026-02-01');
	await second.getByText('No photo with this face.').waitFor();
	await other.close();
	await page.context().setOffline(true);
	await page.getByLabel('To').fill('2027-01-01');
	await page.getByText('The server cannot be reached').waitFor();
	await page.getByText('2 found on this device.').waitFor();
	await page.context().setOffline(false);
	await page.goto(event);
	await page.getByTestId('grid').waitFor();
}, 60_000);

const person = () => page.getByTestId('person');
const named = (name: string) => page.getByTestId('people').getByRole('button', { name });

it('gives somebody a name, which every device shows', async () => {
	await page.getByRole('button', { name: 'People' }).click();
	await faces().first().click();
	await person().getByLabel('Name of this person').fill('ሣራ Tesfaye');
	await shoot(page, 'people-naming');
	await person().getByRole('button', { name: 'Save' }).click();
	await person().getByRole('heading', { name: 'ሣራ Tesfaye' }).waitFor();
	await named('ሣራ Tesfaye, on 2 photos').waitFor();
	expect(await violationsOf(page, 'a person')).toEqual([]);
	await shoot(page, 'people-named');
	await until('it is saved', () => isSaved(page));
	const other = await browser.newContext({ storageState: await page.context().storageState() });
	const second = await other.newPage();
	await second.goto(page.url());
	await second.getByRole('button', { name: 'People' }).click();
	await second
		.getByTestId('people')
		.getByRole('button', { name: 'ሣራ Tesfaye, on 2 photos' })
		.waitFor({ timeout: 30_000 });
	await other.close();
}, 60_000);

it('takes out a face that is somebody else, and gives it its own name', async () => {
	await person().getByRole('button', { name: 'Faces' }).click();
	const sheet = page.getByRole('dialog', { name: 'ሣራ Tesfaye' });
	await sheet
		.getByRole('button', { name: /^Face on/ })
		.nth(1)
		.click();
	await sheet.getByText('1 chosen').waitFor();
	expect(await violationsOf(page, 'faces of a person')).toEqual([]);
	await shoot(page, 'people-faces');
	await sheet.getByLabel('Who they are').fill('Ruth');
	await sheet.getByRole('button', { name: 'Name', exact: true }).click();
	await until(
		'one face is left',
		async () => (await sheet.getByRole('button', { name: /^Face on/ }).count()) === 1
	);
	await page.keyboard.press('Escape');
	await named('Ruth, on 1 photo').waitFor();
	await named('ሣራ Tesfaye, on 1 photo').waitFor();
});

it('says that two are one after all', async () => {
	await person().getByRole('button', { name: 'More for this person' }).click();
	await page.getByRole('menuitem', { name: 'Same as somebody else…' }).click();
	const dialog = page.getByRole('dialog', { name: 'Who is the same person?' });
	await shoot(page, 'people-merge');
	await dialog.getByRole('button', { name: 'Ruth' }).click();
	await named('ሣራ Tesfaye, on 2 photos').waitFor();
	await until('Ruth is gone', async () => (await named('Ruth').count()) === 0);
	await person().getByText('Show everybody').click();
});

it('names a face in the photo itself, and says who it is not, without a network', async () => {
	await page.context().setOffline(true);
	await page.getByTestId('grid').getByRole('button').first().click();
	await page.keyboard.press('f');
	const loupe = page.getByRole('dialog');
	const hers = loupe.getByRole('button', { name: /^ሣራ Tesfaye/ });
	await until('a photo with her', async () => {
		await page.waitForTimeout(300);
		if ((await hers.count()) > 0) return true;
		await page.keyboard.press('ArrowRight');
		return false;
	});
	await shoot(page, 'people-loupe');
	await loupe
		.getByRole('button', { name: /^Who\?/ })
		.first()
		.click();
	const field = loupe.getByRole('combobox', { name: /^Who is face/ });
	// letters that cull photos are letters here
	await field.fill('');
	await field.pressSequentially('Papa 1');
	await shoot(page, 'people-loupe-naming');
	await field.press('Enter');
	await loupe.getByRole('button', { name: /^Papa 1/ }).waitFor();
	await hers.click();
	await loupe.getByRole('button', { name: 'Not ሣራ Tesfaye' }).click();
	await until('she is not on it', async () => (await hers.count()) === 0);
	expect(await violationsOf(page, 'the loupe with names')).toEqual([]);
	// and it is taken back
	await page.keyboard.press('Control+z');
	await hers.waitFor();
	await page.keyboard.press('Escape');
	await page.context().setOffline(false);
	await until('it is saved', () => isSaved(page), 30_000);
}, 60_000);

it('shows all people of the studio, and each with their photos', async () => {
	// the server finds out by itself
	await until(
		'it knows',
		async () => {
			await page.goto(`${server.url}/admin/people`);
			await page.getByTestId('all-people').getByText('ሣራ Tesfaye').waitFor();
			return page
				.getByTestId('all-people')
				.getByText('2 photos')
				.waitFor({ timeout: 2_000 })
				.then(() => true)
				.catch(() => false);
		},
		40_000
	);
	expect(await violationsOf(page, 'all people')).toEqual([]);
	await shoot(page, 'all-people');
	await page.getByTestId('all-people').getByText('ሣራ Tesfaye').click();
	await page.getByRole('heading', { name: 'ሣራ Tesfaye' }).waitFor();
	await page
		.getByRole('link', { name: /IMG|sample|\.jpg/i })
		.first()
		.waitFor();
	// somebody else was named a moment ago: the server comes to it by itself
	await until(
		'with whom',
		async () => {
			await page.reload();
			return page
				.getByRole('heading', { name: 'On the same photos' })
				.waitFor({ timeout: 2_000 })
				.then(() => true)
				.catch(() => false);
		},
		40_000
	);
	expect(await violationsOf(page, 'a person of the studio')).toEqual([]);
	await shoot(page, 'a-person');
	await page.getByRole('button', { name: 'Most prominent first' }).click();
	await shoot(page, 'a-person-prominent');
	await page.getByRole('link', { name: /\.jpg/i }).first().click();
	await page.getByRole('dialog').waitFor();
	await page.keyboard.press('Escape');
}, 90_000);

it('shows a person without a network too, from what this device has', async () => {
	await page.goto(`${server.url}/admin/people`);
	const card = page.getByTestId('all-people').getByText('ሣራ Tesfaye');
	const links = page.getByRole('link', { name: /\.jpg/i });
	await card.click();
	await links.nth(1).waitFor();
	const names = () =>
		links.evaluateAll((all) => all.map((link) => link.getAttribute('href')).sort());
	const online = await names();
	await page.getByRole('link', { name: 'People', exact: true }).last().click();
	await card.waitFor();
	await page.context().setOffline(true);
	await card.click();
	await page.getByText('these are the photos that this device knows of').waitFor();
	expect(await names()).toEqual(online);
	await page.getByRole('heading', { name: 'On the same photos' }).waitFor();
	expect(await violationsOf(page, 'a person without a network')).toEqual([]);
	await shoot(page, 'a-person-offline');
	await page.context().setOffline(false);
	await page.getByRole('button', { name: 'Try again' }).click();
	await page
		.getByText('these are the photos that this device knows of')
		.waitFor({ state: 'detached' });
	expect(await names()).toEqual(online);
}, 60_000);

it('merges people by drag, with a way back, and hides them', async () => {
	await page.goto(`${server.url}/admin/people`);
	const all = page.getByTestId('all-people');
	const card = (name: string) => all.getByRole('link', { name });
	await card('Papa 1').dragTo(card('ሣራ Tesfaye'));
	const dialog = page.getByRole('dialog', { name: 'The same person?' });
	await shoot(page, 'people-drag');
	await dialog.getByRole('button', { name: 'They are the same' }).click();
	await until('one is left', async () => (await card('Papa 1').count()) === 0);
	await page.getByRole('button', { name: 'Undo' }).click();
	await card('Papa 1').click();
	await page.getByRole('button', { name: 'More for this person' }).click();
	await page.getByRole('menuitem', { name: /^Hide/ }).click();
	await page.getByText('hidden').waitFor();
	await page.getByRole('link', { name: 'People' }).first().click();
	await page.getByText('Show 1 hidden').waitFor();
	expect(await card('Papa 1').count()).toBe(0);
}, 60_000);

/** faces in what this device keeps */
const kept = (of: Page) =>
	of.evaluate(async () => {
		const [{ name }] = (await indexedDB.databases()).filter((each) =>
			/^aura-[0-9a-f-]{36}$/.test(each.name!)
		) as [{ name: string }];
		const database = await new Promise<IDBDatabase>((resolve) => {
			const asked = indexedDB.open(name);
			asked.onsuccess = () => resolve(asked.result);
		});
		const rows = await new Promise<{ bytes: Uint8Array }[]>((resolve) => {
			const asked = database.transaction('sidecars').objectStore('sidecars').getAll();
			asked.onsuccess = () => resolve(asked.result as { bytes: Uint8Array }[]);
		});
		database.close();
		return rows.reduce((sum, { bytes }) => {
			const view = new DataView(bytes.buffer, bytes.byteOffset);
			return sum + view.getUint16(5 + view.getUint8(4) + 2, true);
		}, 0);
	});

it('forgets somebody: on this device, on another one, and on the server, for good', async () => {
	const other = await browser.newContext({ storageState: await page.context().storageState() });
	const second = await other.newPage();
	await second.goto(event);
	await second.getByRole('button', { name: 'People' }).click();
	const onSecond = second.getByTestId('people').getByRole('button');
	await second.getByTestId('people').getByRole('button', { name: /^ሣራ/ }).waitFor();
	const before = await onSecond.count();
	// it has the event closed when it hears of it
	await second.goto(`${server.url}/admin/projects`);

	await page.goto(`${server.url}/admin/people`);
	await page.getByTestId('all-people').getByRole('link', { name: 'ሣራ Tesfaye' }).click();
	await page.getByRole('button', { name: 'More for this person' }).click();
	await page.getByRole('menuitem', { name: 'Forget them…' }).click();
	await shoot(page, 'people-forget');
	await page.getByRole('button', { name: 'Forget', exact: true }).click();
	await page.waitForURL(/\/admin\/people$/);
	await until('nobody is called so', async () => (await page.getByText('ሣራ').count()) === 0);

	const all = faceCount - 2;
	await until('the first device has forgotten', async () => (await kept(page)) === all, 20_000);
	await until('so has the second', async () => (await kept(second)) === all, 20_000);
	await second.goto(event);
	await second.getByRole('button', { name: 'People' }).click();
	await until('she is nobody', async () => (await onSecond.count()) === before - 1);
	await until('the server too', async () => (await faceCountOf(second)) === all);
	await other.close();
}, 90_000);

const lookForFaces = async (label: 'Are found' | 'Are not looked for') => {
	await page.getByRole('button', { name: 'More for this event' }).click();
	await page.getByRole('menuitem', { name: 'Change…' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('Faces').selectOption({ label });
	if (label === 'Are not looked for') await shoot(page, 'faces-off');
	await dialog.getByRole('button', { name: 'Save' }).click();
};

it('looks for no faces where the studio says so, and has none any more; and looks again when it says so', async () => {
	const { code } = (await (
		await page.request.put(
			`${server.url}/api/workspaces/${await workspaceOf(page)}/events/${idOf(event)}/guest-access`,
			{
				headers: { origin: server.url }
			}
		)
	).json()) as { code: string };
	const guests = () => page.request.get(`${server.url}/api/scan/${code}`);
	expect((await guests()).status()).toBe(200);
	await page.goto(event);
	const before = await kept(page);
	await lookForFaces('Are not looked for');
	await page.getByText('faces are not looked for').waitFor();
	expect(await page.getByRole('button', { name: 'People' }).count()).toBe(0);
	await until('none is kept', async () => (await kept(page)) === 0, 20_000);
	await until('guests are told', async () => (await guests()).status() === 410);
	const facesOnServer = async () => {
		const { photos } = (await (
			await page.request.get(
				`${server.url}/api/workspaces/${await workspaceOf(page)}/events/${idOf(event)}/photos`
			)
		).json()) as { photos: { faces: number }[] };
		return photos.reduce((sum, { faces: found }) => sum + found, 0);
	};
	await until('the server has none', async () => (await facesOnServer()) === 0, 20_000);
	await lookForFaces('Are found');
	// what was forgotten is not found again
	await until('they are found again', async () => (await kept(page)) === before, 40_000);
	await until('and sent', async () => (await facesOnServer()) === before, 20_000);
	expect((await guests()).status()).toBe(200);
}, 120_000);

it('looks for faces in the end where that is switched to and fro while they are being found', async () => {
	const before = await kept(page);
	const off = page.getByText('faces are not looked for');
	for (const ms of [0, 150, 300, 600]) {
		await lookForFaces('Are not looked for');
		await off.waitFor();
		await page.waitForTimeout(ms);
		await lookForFaces('Are found');
		await off.waitFor({ state: 'detached' });
		await page.waitForTimeout(ms);
	}
	await until('all are found', async () => (await kept(page)) === before, 40_000);
	await lookForFaces('Are not looked for');
	await until('none is kept', async () => (await kept(page)) === 0, 20_000);
	// those that were being looked at when it was switched off are kept without any
	await page.waitForTimeout(2_000);
	expect(await kept(page)).toBe(0);
}, 120_000);
