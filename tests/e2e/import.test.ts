// Cards and folders: days, names, second copies, and when a card can be formatted.
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withXmp } from '../../shared/photos/jpeg-xmp.ts';
import { readXmp } from '../../app/lib/photos/xmp.ts';
import { writeXmp } from '../../shared/photos/xmp.ts';
import { ensureExiftool } from '../../tools/exiftool.mjs';
import { launch } from '../support/browser.ts';
import { fillFolder, readFolder, readFrom, removeFolder, withFolders } from '../support/card.ts';
import { until } from '../support/client.ts';
import { violationsOf } from '../support/pages.ts';
import { samplePhoto } from '../support/paths.ts';
import { stamped } from '../support/ptp-camera/photos.ts';
import { rawFile, rawKinds } from '../support/raw.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import {
	createEvent,
	firstPage,
	installed,
	isSaved,
	photoCountOf,
	setUpStudio,
	shoot,
	signIn,
	tileOf
} from '../support/studio.ts';

let server: ServerProcess;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let event: string;

const jpeg = readFileSync(samplePhoto(1));
const photo = (shot: number, day = '2026-01-19') =>
	stamped(jpeg, shot, `${day}T17:00:${String(shot).padStart(2, '0')}`);
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

beforeAll(async () => {
	ensureExiftool();
	server = await serverProcess();
	browser = await launch();
	context = await browser.newContext({ reducedMotion: 'reduce' });
	await withFolders(context, {
		'aura-card': 'EOS_DIGITAL',
		'aura-second': 'Backup',
		'aura-export': 'Export'
	});
	page = await firstPage(context);
	await setUpStudio(page, server.url);
	event = await createEvent(page, 'Sara & Dawit');
	await fillFolder(page, 'Backup', { 'other.txt': new Uint8Array([1]) });
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await server?.remove();
});

const dialog = () => page.getByRole('dialog', { name: 'Import a card or folder' });
const safety = () => page.getByTestId('card-safety');
/** Opens the dialog and lets it look at the card. */
async function chooseCard(): Promise<void> {
	// one that a failed test left open
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: 'Import a card or folder' }).click();
	await dialog().getByRole('button', { name: 'Choose card or folder…' }).click();
	await dialog().getByText('Days').waitFor();
}
const importAll = () =>
	dialog()
		.getByRole('button', { name: /^Import \d/ })
		.click();
const said = (words: string, timeout = 60_000) =>
	safety().getByText(words).first().waitFor({ timeout });
const putAside = () => page.getByRole('button', { name: 'Put aside' }).click();

const shots = [4, 2, 3, 1].map((shot) => [shot, photo(shot)] as const);
const other = photo(9, '2026-01-12');
const sidecar = Buffer.from(writeXmp({ rating: 4 }));

it('takes the days that are wanted, by new names, twice, and says that the card can be formatted', async () => {
	await fillFolder(page, 'EOS_DIGITAL', {
		...Object.fromEntries(shots.map(([n, bytes]) => [`DCIM/100EOS/IMG_000${9 - n}.JPG`, bytes])),
		'DCIM/100EOS/IMG_0008.xmp': sidecar,
		// the same shot twice: on two cards that were joined
		'DCIM/101EOS/IMG_0001.JPG': shots[0]![1],
		'DCIM/101EOS/IMG_0100.JPG': other,
		'DCIM/EOSMISC/M0100.CTG': new Uint8Array([1, 2, 3])
	});
	await chooseCard();
	const days = dialog().getByRole('checkbox');
	expect(await days.count()).toBe(2);
	await dialog()
		.getByLabel(/12 January/)
		.uncheck();
	await dialog().getByLabel('Names').selectOption({ label: 'Date, event, number' });
	await dialog().getByText('20260119_Sara & Dawit_0001').waitFor();
	await dialog().getByRole('button', { name: 'Choose…', exact: true }).click();
	await dialog().getByText('Backup').waitFor();
	expect(await violationsOf(page, 'importing a card')).toEqual([]);
	await shoot(page, 'import-dialog');
	await importAll();
	await said('of other days was left on it. What was imported is kept twice');
	await until('four photos', async () => (await photoCountOf(page)) === 4, 30_000);
	await tileOf(page, '20260119_Sara & Dawit_0001.JPG').waitFor();
	const kept = await readFolder(page, 'Backup');
	const byTime = [...shots].sort(([a], [b]) => a - b);
	expect(kept).toEqual({
		'other.txt': hash(new Uint8Array([1])),
		...Object.fromEntries(
			byTime.map(([, bytes], i) => [
				`Sara & Dawit/20260119_Sara & Dawit_000${i + 1}.JPG`,
				hash(bytes)
			])
		),
		'Sara & Dawit/20260119_Sara & Dawit_0001.xmp': hash(sidecar),
		'Sara & Dawit/20260119_Sara & Dawit_0005.JPG': hash(shots[0]![1])
	});
	await putAside();
}, 120_000);

it('says what is here already, takes it twice for nothing, and goes on with the numbers', async () => {
	await chooseCard();
	await dialog().getByText('here already').first().waitFor();
	expect(await dialog().getByLabel('First number').inputValue()).toBe('6');
	await dialog().getByRole('button', { name: 'None', exact: true }).click();
	await importAll();
	await until('one more photo', async () => (await photoCountOf(page)) === 5, 60_000);
	await said('Safe to format');
	await said('on the server');
	await shoot(page, 'import-safe');
	await putAside();
});

it('says that one copy is not enough while nothing reaches the server', async () => {
	await until('it is saved', () => isSaved(page), 60_000);
	await context.setOffline(true);
	await removeFolder(page, 'EOS_DIGITAL');
	await fillFolder(page, 'EOS_DIGITAL', { 'IMG_1.JPG': photo(11), 'NOTE.WAV': new Uint8Array(99) });
	await chooseCard();
	await importAll();
	await said('Do not format yet');
	await said('could not be taken');
	await putAside();
	await removeFolder(page, 'EOS_DIGITAL');
	await fillFolder(page, 'EOS_DIGITAL', { 'IMG_2.JPG': photo(12) });
	await chooseCard();
	await importAll();
	await said('the only copy');
	await shoot(page, 'import-one-copy');
	await putAside();
	// a card that is pulled out between looking and copying
	await removeFolder(page, 'EOS_DIGITAL');
	await fillFolder(page, 'EOS_DIGITAL', { 'A.JPG': photo(16), 'B.JPG': photo(17) });
	await chooseCard();
	await removeFolder(page, 'EOS_DIGITAL');
	await importAll();
	await said('2 of 2 files could not be taken');
	await page.getByRole('button', { name: '2 could not be taken' }).click();
	await page.getByText('It may have been moved or its card removed.').first().waitFor();
	await putAside();
	await fillFolder(page, 'EOS_DIGITAL', { 'IMG_2.JPG': photo(12) });
	await chooseCard();
	await importAll();
	await said('the only copy');
	await context.setOffline(false);
	await said('Safe to format');
	await putAside();
}, 120_000);

it('says what became of a second folder, and writes it again', async () => {
	await removeFolder(page, 'EOS_DIGITAL');
	await fillFolder(page, 'EOS_DIGITAL', { 'IMG_3.JPG': photo(13), 'IMG_4.JPG': photo(14) });
	await chooseCard();
	await dialog().getByRole('button', { name: 'Choose…', exact: true }).click();
	await dialog().getByLabel('Names').selectOption({ label: 'Keep the names of the camera' });
	await removeFolder(page, 'Backup');
	await context.setOffline(true);
	await importAll();
	await said('The second folder is gone');
	await fillFolder(page, 'Backup', { 'other.txt': new Uint8Array([1]) });
	await page.getByRole('button', { name: 'Write the second copies again' }).click();
	await said('Safe to format');
	await context.setOffline(false);
	expect(await readFolder(page, 'Backup')).toEqual({
		'other.txt': hash(new Uint8Array([1])),
		'Sara & Dawit/IMG_3.JPG': hash(photo(13)),
		'Sara & Dawit/IMG_4.JPG': hash(photo(14))
	});
	await putAside();
}, 120_000);

it('keeps and sends what another device has told of and never sent', async () => {
	const far = await browser.newContext();
	await withFolders(far, { 'aura-card': 'EOS_DIGITAL' });
	// documents go through, files do not
	await context.route('**/uploads/**', (route) => route.abort());
	await removeFolder(page, 'EOS_DIGITAL');
	await fillFolder(page, 'EOS_DIGITAL', { 'IMG_5.JPG': photo(15) });
	await chooseCard();
	await dialog().getByRole('button', { name: 'None', exact: true }).click();
	await importAll();
	await said('the only copy');
	const before = page;
	page = await firstPage(far);
	await page.goto(event);
	await signIn(page);
	await tileOf(page, 'IMG_5.JPG').waitFor();
	await fillFolder(page, 'EOS_DIGITAL', { 'IMG_5.JPG': photo(15) });
	await chooseCard();
	await importAll();
	await said('Safe to format');
	await far.close();
	page = before;
	// the server has it from the other device
	await said('Safe to format');
	await context.unroute('**/uploads/**');
}, 120_000);

it('puts two cameras in one order by one photo of each, and takes it back', async () => {
	const shot = async (name: string, model: string, time: string) => ({
		name,
		mimeType: 'image/jpeg',
		buffer: await sharp(jpeg)
			.resize(400)
			.withExif({
				IFD0: { Make: 'Aura', Model: model, ImageDescription: name },
				IFD2: {
					DateTimeOriginal: `2026:01:19 ${time}`,
					FNumber: '18/10',
					ExposureTime: '1/500',
					BodySerialNumber: model
				}
			})
			.jpeg()
			.toBuffer()
	});
	await page.goto(`${server.url}/admin`);
	await createEvent(page, 'Two cameras');
	const files = [
		await shot('a1.jpg', 'First', '17:00:00'),
		await shot('a2.jpg', 'First', '17:10:00'),
		await shot('b1.jpg', 'Second', '16:05:07'),
		await shot('b2.jpg', 'Second', '16:15:07')
	];
	await page.getByLabel('Import photos').setInputFiles(files);
	await until('four photos', async () => (await photoCountOf(page)) === 4, 60_000);
	const names = async () =>
		(
			await page
				.getByTestId('grid')
				.getByRole('button', { name: /^[ab]\d/ })
				.all()
		).map(async (tile) => (await tile.getAttribute('aria-label'))!.slice(0, 2));
	const order = async () => (await Promise.all(await names())).join(' ');
	await until('by their clocks', async () => (await order()) === 'b1 b2 a1 a2');
	await page.getByRole('button', { name: 'More for this event' }).click();
	await page.getByRole('menuitem', { name: 'Cameras and clocks…' }).click();
	const clocks = page.getByRole('dialog', { name: 'Cameras and clocks' });
	await clocks.getByRole('radio', { name: /Second/ }).check();
	await clocks.getByRole('button', { name: 'b1.jpg, 16:05:07' }).click();
	await clocks.getByRole('button', { name: 'a2.jpg, 17:10:00' }).click();
	await clocks.getByText('+1 h 4 min 53 s').waitFor();
	expect(await violationsOf(page, 'clocks of cameras')).toEqual([]);
	await shoot(page, 'clocks');
	await clocks.getByRole('button', { name: 'Put the clock right' }).click();
	await clocks.getByText('+1 h 4 min 53 s.').waitFor();
	await page.keyboard.press('Escape');
	await until('in one order', async () => (await order()) === 'a1 a2 b1 b2');
	await tileOf(page, 'b1.jpg').click();
	await page.keyboard.press('i');
	await page.getByText('f/1.8, 1/500 s').waitFor();
	await page.keyboard.press('Escape');
}, 120_000);

it('shows RAW files of every maker by their previews, upright, with faces', async () => {
	await page.goto(`${server.url}/admin`);
	const address = await createEvent(page, 'RAW');
	const thumb = await sharp(jpeg).resize(160).jpeg().toBuffer();
	const files = rawKinds.map((kind) => ({
		name: `DSC_1.${kind.toUpperCase()}`,
		mimeType: '',
		buffer: Buffer.from(
			rawFile(kind, new Uint8Array(jpeg), new Uint8Array(thumb), 60_000, kind === 'raf' ? 1 : 6)
		)
	}));
	await page.getByLabel('Import photos').setInputFiles(files);
	await until('all photos', async () => (await photoCountOf(page)) === files.length, 60_000);
	await until('it is saved', () => isSaved(page), 60_000);
	const { photos } = await page.evaluate(async (event) => {
		const { workspaces } = JSON.parse(localStorage.getItem('aura.identity')!) as {
			workspaces: { id: string }[];
		};
		const at = `/api/workspaces/${workspaces[0]!.id}/events/${event}/photos`;
		return (await (await fetch(at)).json()) as {
			photos: { name: string; width: number; height: number; faces: number; takenAt: string }[];
		};
	}, address.split('/').pop()!);
	for (const { name, width, height, takenAt } of photos) {
		const isTurned = !name.endsWith('RAF');
		expect([name, width, height]).toEqual([name, ...(isTurned ? [1280, 1920] : [1920, 1280])]);
		if (isTurned) expect([name, takenAt]).toEqual([name, '2026-01-19T17:03:22']);
	}
}, 120_000);

it('takes what other applications share, and what is pasted', async () => {
	await page.goto(`${server.url}/admin`);
	await createEvent(page, 'Shared');
	await installed(page);
	await page.evaluate(
		([name, base64]) => {
			const bytes = Uint8Array.from(atob(base64!), (letter) => letter.charCodeAt(0));
			const given = new DataTransfer();
			given.items.add(new File([bytes], name!, { type: 'image/jpeg' }));
			const form = document.createElement('form');
			form.action = '/share';
			form.method = 'POST';
			form.enctype = 'multipart/form-data';
			form.innerHTML = '<input type="file" name="photos">';
			form.querySelector('input')!.files = given.files;
			document.body.append(form);
			form.submit();
		},
		['ከስልክ ፎቶ.jpg', Buffer.from(photo(20)).toString('base64')]
	);
	await page.getByText('ከስልክ ፎቶ.jpg').waitFor();
	await page.reload();
	await page.getByLabel('Into').selectOption({ label: 'Shared' });
	await shoot(page, 'share');
	await page.getByRole('button', { name: 'Take in 1 file' }).click();
	await tileOf(page, 'ከስልክ ፎቶ.jpg').waitFor();
	await page.evaluate(
		(base64) => {
			const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
			const clipboardData = new DataTransfer();
			clipboardData.items.add(new File([bytes], 'image.png', { type: 'image/png' }));
			document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
		},
		Buffer.from(photo(21)).toString('base64')
	);
	await tileOf(page, 'Pasted 20').waitFor();
	await page.goto(`${server.url}/share`);
	await page.getByText('Nothing waits here').waitFor();
}, 120_000);

/** XMP as a program wrote it that developed the photo. */
const developed = (xmp: string) =>
	xmp.replace(
		'xmp:Rating',
		'xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" crs:Exposure2012="+0.50" xmp:Rating'
	);

it('says captions and rights by a preset, and copies carry them to other programs', async () => {
	await page.goto(`${server.url}/admin`);
	await createEvent(page, 'Rights');
	await page.getByLabel('Import photos').setInputFiles({
		name: 'early.jpg',
		mimeType: 'image/jpeg',
		buffer: Buffer.concat(
			withXmp(photo(30), developed(writeXmp({ rating: 3, keywords: ['from inside'] })))!
		)
	});
	await until('the photo', async () => (await photoCountOf(page)) === 1, 60_000);
	// what other programs wrote into it
	await page.getByTestId('grid').getByText('★★★').waitFor();
	const openPresets = async () => {
		await page.getByRole('button', { name: 'More for this event' }).click();
		await page.getByRole('menuitem', { name: 'Caption and rights…' }).click();
	};
	const presets = page.getByRole('dialog', { name: 'Caption and rights' });
	await openPresets();
	await presets.getByLabel('Name').fill('Weddings');
	await presets.getByLabel('Caption').fill('{event}, {evnt}');
	await presets.getByRole('button', { name: 'Add' }).click();
	await presets.getByText('A variable is not known.').waitFor();
	await presets.getByLabel('Caption').fill('{event}, {year}');
	await presets.getByLabel('Keywords').fill('wedding, {event}');
	await presets.getByLabel('Creator').fill('{photographer}');
	await presets.getByLabel('Credit line').fill('Studio Abeba');
	await presets.getByLabel('Copyright notice').fill('© {year} Studio Abeba');
	await presets.getByRole('button', { name: 'Add' }).click();
	await presets.getByText('Kept.').waitFor();
	expect(await violationsOf(page, 'presets')).toEqual([]);
	await shoot(page, 'presets');
	await presets.getByRole('button', { name: 'Apply to 1 photo' }).click();
	// what comes in later has it from the start
	await removeFolder(page, 'EOS_DIGITAL');
	await fillFolder(page, 'EOS_DIGITAL', { 'LATE.JPG': photo(31) });
	await chooseCard();
	await dialog().getByLabel('Caption and rights').selectOption({ label: 'Weddings' });
	await dialog().getByLabel('Folder in the event').fill('Church / ቤተ');
	await shoot(page, 'import-into-folder');
	await importAll();
	await until('both photos', async () => (await photoCountOf(page)) === 2, 60_000);
	// its RAW comes after it was marked
	const shot = stamped(jpeg, 32, '2026-01-19T17:03:22');
	const thumb = await sharp(shot).resize(160).jpeg().toBuffer();
	const raw = rawFile('nef', shot, new Uint8Array(thumb), 60_000, 1);
	const take = (name: string, bytes: Uint8Array) =>
		page
			.getByLabel('Import photos')
			.setInputFiles({ name, mimeType: '', buffer: Buffer.from(bytes) });
	await take('PAIR.JPG', shot);
	await tileOf(page, 'PAIR.JPG').focus();
	await page.keyboard.press('4');
	await tileOf(page, 'PAIR.JPG, 4 stars').waitFor();
	await take('PAIR.NEF', raw);
	await page.getByText('in 4 files').waitFor();
	await fillFolder(page, 'Export', {
		'PAIR.xmp': new TextEncoder().encode(developed(writeXmp({ rating: 1 })))
	});
	await page.getByRole('button', { name: 'More for this event' }).click();
	await page.getByRole('menuitem', { name: 'Export 3 to a folder…' }).click();
	await page.getByText('4 exported to Export.').waitFor();
	const sidecar = Buffer.from(await readFrom(page, 'Export', 'PAIR.xmp')).toString();
	expect(readXmp(sidecar)).toMatchObject({ rating: 4 });
	expect(sidecar).toContain('crs:Exposure2012="+0.50"');
	const folder = mkdtempSync(join(tmpdir(), 'aura-export-'));
	for (const name of ['early.jpg', 'LATE.JPG']) {
		const path = join(folder, name);
		// those of one folder of the event lie in one, by a name that disks take
		const place = name === 'LATE.JPG' ? 'Export/Church - ቤተ' : 'Export';
		writeFileSync(path, await readFrom(page, place, name));
		const [said] = JSON.parse(
			execFileSync('exiftool', ['-json', '-G1', path], { encoding: 'utf8' })
		) as Record<string, unknown>[];
		expect(said).toMatchObject({
			'XMP-dc:Description': 'Rights, 2026',
			'XMP-dc:Subject': [...(name === 'early.jpg' ? ['from inside'] : []), 'wedding', 'Rights'],
			'XMP-dc:Creator': 'Hana Alemu',
			'XMP-dc:Rights': '© 2026 Studio Abeba',
			'XMP-photoshop:Credit': 'Studio Abeba',
			...(name === 'early.jpg' ? { 'XMP-crs:Exposure2012': '+0.50' } : {})
		});
	}
	rmSync(folder, { recursive: true, force: true });
}, 120_000);
