// Two studios and the people of one: from the invitation's letter to the first import, and out again.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch } from '../support/browser.ts';
import { until } from '../support/client.ts';
import { samplePhoto } from '../support/paths.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import {
	createEvent,
	firstPage,
	isSaved,
	photoCountOf,
	setUpStudio,
	shoot,
	statusOf,
	tileOf
} from '../support/studio.ts';

let server: ServerProcess;
let folder: string;
let browser: Browser;
let office: BrowserContext;
let laptop: BrowserContext;
let hana: Page;
let selam: Page;
let event: string;

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'aura-team-'));
	server = await serverProcess();
	browser = await launch();
	office = await browser.newContext();
	laptop = await browser.newContext();
	hana = await firstPage(office);
	selam = await firstPage(laptop);
	await setUpStudio(hana, server.url);
	event = await createEvent(hana, 'Timket 2026');
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await server?.remove();
	rmSync(folder, { recursive: true, force: true });
});

/** The link in the newest letter to an address. */
function linkTo(address: string): string {
	const mail = join(server.dataDir, 'mail');
	const letter = readdirSync(mail)
		.filter((name) => !name.startsWith('.'))
		.sort()
		.map((name) => readFileSync(join(mail, name), 'utf8').replaceAll('=\n', ''))
		.findLast((text) => text.includes(`To: ${address}`));
	return /http:\/\/localhost:\d+\/(?:invitations|reset)\/[\w-]{43}/.exec(letter ?? '')![0];
}

it('invites several people at once, and shows the links where no mail goes out', async () => {
	await hana.getByRole('link', { name: 'Team' }).click();
	await hana.getByText('You work alone so far').waitFor();
	await hana.getByRole('button', { name: 'Invite people' }).click();
	await hana.getByLabel('E-mail addresses').fill('selam@example.com, dawit@example.com');
	await hana.getByLabel('Editor').check();
	await hana.getByRole('button', { name: 'Invite 2 people' }).click();
	await hana.getByLabel('Invitation link for selam@example.com').waitFor();
	await hana.getByRole('button', { name: 'Done' }).click();
	const invited = hana.getByRole('list', { name: 'Invitations' }).getByRole('listitem');
	await until('both in the list', async () => (await invited.count()) === 2);
}, 60_000);

it('brings a new person from the letter to her first import', async () => {
	await selam.goto(linkTo('selam@example.com'));
	await selam.getByRole('heading', { name: 'Join Studio Abeba' }).waitFor();
	await selam.getByLabel('Your name').fill('Selam Tesfaye');
	await selam.getByLabel('Password').fill('a long password');
	await selam.getByRole('button', { name: 'Join Studio Abeba' }).click();
	await selam.getByRole('link', { name: /Timket 2026/ }).click();
	await selam.getByLabel('Import photos').setInputFiles(samplePhoto(1));
	await until('the photo', async () => (await photoCountOf(selam)) === 1, 60_000);
	await until('saved', () => isSaved(selam), 60_000);
	expect(await selam.getByRole('link', { name: 'Settings' }).count()).toBe(0);
}, 120_000);

it('shows each of two people in an event that the other is there, and on what photo', async () => {
	await hana.goto(event);
	const here = (page: Page) => page.getByRole('list', { name: 'Here now' });
	await here(hana).getByRole('img', { name: 'Selam Tesfaye is here' }).waitFor();
	await here(selam).getByRole('img', { name: 'Hana Alemu is here' }).waitFor();
	await selam.getByTestId('grid').getByRole('button').first().click();
	const looked = hana.getByRole('button', { name: /Selam Tesfaye looks at it/ });
	await looked.waitFor();
	await here(hana)
		.getByRole('button', { name: /^Selam Tesfaye looks at .*: open it too/ })
		.click();
	await hana
		.getByRole('dialog')
		.getByRole('img', { name: 'Selam Tesfaye looks at it too' })
		.waitFor();
	// whose mark it is
	await selam.keyboard.press('p');
	await hana.keyboard.press('i');
	await hana.getByTestId('said').getByText('Picked · by Selam Tesfaye').waitFor();
	await selam.keyboard.press('i');
	await selam.getByTestId('said').getByText('Picked · by you').waitFor();
	await shoot(hana, 'marked-by');
	await hana.keyboard.press('g');
	await hana.getByRole('link', { name: 'Cull' }).click();
	await hana.getByText('Flag by Selam Tesfaye').waitFor();
	await hana.getByRole('button', { name: 'Filter', exact: true }).click();
	await hana.getByLabel('Marked by').selectOption({ label: 'Selam Tesfaye' });
	await until('hers', async () => (await hana.getByTestId('cull-count').innerText()) === '1 / 1');
	await hana.getByRole('combobox', { name: 'Stars' }).selectOption('4');
	await until('none', async () => (await hana.getByTestId('cull-count').innerText()) === '0');
	await hana.keyboard.press('Escape');
	await hana.getByTestId('grid').waitFor();
	await selam.keyboard.press('Control+z');
	await selam.keyboard.press('g');
	await until('nobody looks at it', async () => (await looked.count()) === 0);
	await selam.goto(`${server.url}/admin`);
	await until('nobody else is here', async () => (await here(hana).count()) === 0);
	await selam.goto(event);
	await hana.goto(`${server.url}/admin/team`);
}, 60_000);

it('changes a role under an open page, which keeps what it may', async () => {
	await hana.reload();
	await hana.getByLabel('Role of Selam Tesfaye').selectOption('viewer');
	await until(
		'a page that only reads',
		async () => (await selam.getByLabel('Import photos').count()) === 0
	);
	await hana.getByLabel('Role of Selam Tesfaye').selectOption('editor');
	await selam.getByLabel('Import photos').waitFor({ state: 'attached' });
}, 60_000);

it('takes back what a role no longer allows, tells both sides, and takes it when it is tried again', async () => {
	await until('saved', () => isSaved(selam), 60_000);
	await laptop.setOffline(true);
	await until('offline', async () => (await statusOf(selam)).startsWith('Offline'), 40_000);
	await tileOf(selam, 'sample1').focus();
	await selam.keyboard.press('3');
	await until('an edit that waits', async () => (await statusOf(selam)).includes('1 change'));
	const isDone = hana.waitForResponse(
		(answer) => answer.url().includes('/members') && answer.request().method() !== 'GET'
	);
	await hana.getByLabel('Role of Selam Tesfaye').selectOption('viewer');
	await isDone;
	await laptop.setOffline(false);
	await until(
		'a word about it',
		async () => (await statusOf(selam)) === '1 change not taken',
		60_000
	);
	await until(
		'no stars',
		async () => !(await tileOf(selam, 'sample1').getAttribute('aria-label'))?.includes('3 stars')
	);
	await selam.getByTestId('status').getByRole('link').click();
	await selam.getByText(/rating of sample1.*: 3/).waitFor();
	await selam.getByText('The role viewer may not change photos.').waitFor();

	await hana.goto(`${server.url}/admin/audit/refused`);
	await hana.getByText('Selam Tesfaye').waitFor();
	await hana.getByText(/rating of sample1.*: 3/).waitFor();
	await hana.goto(`${server.url}/admin/team`);
	await hana.getByLabel('Role of Selam Tesfaye').selectOption('editor');
	await selam.getByRole('button', { name: 'Try again' }).click();
	await until('saved', () => isSaved(selam), 60_000);
	await selam.goto(event);
	await until('her stars', async () =>
		((await tileOf(selam, 'sample1').getAttribute('aria-label')) ?? '').includes('3 stars')
	);
	await until('saved', () => isSaved(selam), 60_000);
}, 120_000);

it('removes somebody whose page is open: told within a second, and what waits is kept', async () => {
	await until('saved', () => isSaved(selam), 60_000);
	await laptop.setOffline(true);
	await until('offline', async () => (await statusOf(selam)).startsWith('Offline'), 40_000);
	await tileOf(selam, 'sample1').focus();
	await selam.keyboard.press('4');
	await until('an edit that waits', async () => (await statusOf(selam)).includes('1 change'));

	await hana.getByRole('button', { name: 'More for Selam Tesfaye' }).click();
	await hana.getByRole('menuitem', { name: 'Remove…' }).click();
	await hana.getByRole('button', { name: 'Remove Selam Tesfaye' }).click();
	await until(
		'a list without her',
		async () => (await hana.getByLabel('Role of Selam Tesfaye').count()) === 0
	);

	await laptop.setOffline(false);
	await selam.getByText('You do not belong to Studio Abeba any more.').waitFor();
	expect(await tileOf(selam, 'sample1').getAttribute('aria-label')).toContain('4 stars');
	await hana.goto(event);
	expect(await tileOf(hana, 'sample1').getAttribute('aria-label')).not.toContain('4 stars');
	await selam.getByRole('link', { name: 'See what was not sent' }).click();
	await selam.getByText(/rating of sample1.*: 4/).waitFor();
	await selam.goto(`${server.url}/admin`);
	await selam.getByRole('heading', { name: 'You belong to no studio' }).waitFor();
	const download = selam.waitForEvent('download');
	await selam.getByRole('button', { name: 'Export the edits' }).click();
	const text = readFileSync(await (await download).path(), 'utf8');
	expect(JSON.parse(text)).toMatchObject({
		documents: [{ name: 'Timket 2026', waiting: [{ root: 'marks', value: 4 }] }]
	});
}, 90_000);

it('lets her begin a studio of her own, sealed from the first', async () => {
	await selam.getByRole('button', { name: 'New workspace' }).click();
	await selam.getByLabel('Name').fill('Selam Photo');
	await selam.getByRole('button', { name: 'Create workspace' }).click();
	await selam.getByText('No event yet').waitFor();
	expect(await selam.getByText('Timket 2026').count()).toBe(0);
	await selam.goto(event);
	expect(await selam.getByText('Timket 2026').count()).toBe(0);
}, 60_000);

it('closes a workspace and opens it again, said to everybody who has it open', async () => {
	const dawit = await firstPage(await browser.newContext());
	await dawit.goto(linkTo('dawit@example.com'));
	await dawit.getByLabel('Your name').fill('Dawit Bekele');
	await dawit.getByLabel('Password').fill('a long password');
	await dawit.getByRole('button', { name: 'Join Studio Abeba' }).click();
	await dawit.getByRole('link', { name: /Timket 2026/ }).click();
	await dawit.getByLabel('Import photos').waitFor({ state: 'attached' });

	await hana.goto(`${server.url}/admin/settings`);
	await hana.getByRole('button', { name: 'Archive this workspace' }).click();
	await dawit.getByText('This workspace is archived').waitFor();
	expect(await dawit.getByLabel('Import photos').count()).toBe(0);
	await hana.getByRole('button', { name: 'Open again' }).click();
	await dawit.getByLabel('Import photos').waitFor({ state: 'attached' });

	await hana.goto(`${server.url}/superadmin`);
	await hana
		.getByRole('listitem')
		.filter({ hasText: 'Studio Abeba' })
		.getByRole('button', { name: 'Suspend…' })
		.click();
	await hana.getByLabel('Reason').fill('The bill is open.');
	await hana.getByRole('button', { name: 'Suspend Studio Abeba' }).click();
	await dawit.getByRole('heading', { name: 'Studio Abeba is suspended' }).waitFor();
	await dawit.getByText('The bill is open.').waitFor();
	await hana.getByRole('button', { name: 'Activate' }).click();
	await dawit.getByLabel('Import photos').waitFor({ state: 'attached' });

	await hana.goto(`${server.url}/admin/settings`);
	await hana.getByRole('button', { name: 'Delete this workspace…' }).click();
	await hana.getByLabel('Type the name to delete it').fill('Studio Abeba');
	await hana.getByRole('button', { name: 'Delete Studio Abeba' }).click();
	await dawit.getByText('You do not belong to Studio Abeba any more.').waitFor();
	expect(await dawit.getByLabel('Import photos').count()).toBe(0);
	await hana.getByRole('button', { name: 'Restore Studio Abeba' }).click();
	await hana.getByRole('link', { name: /Timket 2026/ }).waitFor();
	await dawit.getByLabel('Import photos').waitFor({ state: 'attached' });
	await dawit.getByText('You do not belong to').waitFor({ state: 'detached' });
	await dawit.context().close();
}, 120_000);

it('is all in the log', async () => {
	await hana.goto(`${server.url}/admin/audit`);
	await hana.getByText('accepted the invitation to').first().waitFor();
	await hana.getByLabel('Search the log').fill('selam');
	await hana.getByLabel('Kind of entries').selectOption('member');
	await until(
		'the entries of her',
		async () => (await hana.getByRole('main').getByRole('listitem').count()) === 5
	);
	await hana.getByText('role: viewer → editor').first().waitFor();
}, 60_000);

it('lists devices and signs one out', async () => {
	await hana.goto(`${server.url}/account`);
	await hana.getByText('· this device').waitFor();
	const phone = await browser.newContext();
	const page = await firstPage(phone);
	await page.goto(`${server.url}/signin`);
	await page.getByLabel('E-mail').fill('hana@example.com');
	await page.getByLabel('Password').fill('a long password');
	await page.getByRole('button', { name: 'Sign in', exact: true }).click();
	await page.getByRole('link', { name: /Timket 2026/ }).waitFor();
	await hana.reload();
	await hana.getByRole('button', { name: 'Sign out', exact: true }).click();
	await until('the word', async () => (await statusOf(page)).startsWith('Sign in'), 10_000);
	await phone.close();
}, 60_000);

it('signs in by a passkey, until it is removed', async () => {
	const context = await browser.newContext();
	const page = await firstPage(context);
	const cdp = await context.newCDPSession(page);
	await cdp.send('WebAuthn.enable');
	await cdp.send('WebAuthn.addVirtualAuthenticator', {
		options: {
			protocol: 'ctap2',
			transport: 'internal',
			hasResidentKey: true,
			hasUserVerification: true,
			isUserVerified: true,
			automaticPresenceSimulation: true
		}
	});
	await page.goto(`${server.url}/signin`);
	await page.getByLabel('E-mail').fill('hana@example.com');
	await page.getByLabel('Password').fill('a long password');
	await page.getByRole('button', { name: 'Sign in', exact: true }).click();
	await page.getByRole('link', { name: /Timket 2026/ }).waitFor();
	await page.goto(`${server.url}/account`);
	await page.getByRole('button', { name: 'Add a passkey' }).click();
	const listed = page.getByRole('list', { name: 'Passkeys' }).getByRole('listitem');
	await until('the passkey', async () => (await listed.count()) === 1);

	await page.getByRole('button', { name: 'Account of Hana Alemu' }).click();
	await page.getByRole('menuitem', { name: 'Sign out' }).click();
	await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
	await page.getByRole('link', { name: /Timket 2026/ }).waitFor();

	await page.goto(`${server.url}/account`);
	await page.getByRole('list', { name: 'Passkeys' }).getByText('used just now').waitFor();
	await page.getByRole('button', { name: 'Remove' }).click();
	await until('no passkey', async () => (await listed.count()) === 0);
	await page.getByRole('button', { name: 'Account of Hana Alemu' }).click();
	await page.getByRole('menuitem', { name: 'Sign out' }).click();
	await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
	await page.getByText('This passkey is not known here').waitFor();
	await context.close();
}, 60_000);

it('sets a new password by a letter', async () => {
	const fresh = await browser.newContext();
	const page = await firstPage(fresh);
	await page.goto(`${server.url}/signin`);
	await page.getByRole('link', { name: 'Forgot the password?' }).click();
	// the page that is left has a field of this name too
	await page.getByRole('heading', { name: 'Set a new password' }).waitFor();
	await page.getByLabel('E-mail').fill('selam@example.com');
	await page.getByRole('button', { name: 'Mail me the link' }).click();
	await page.getByText('a letter is on its way').waitFor();
	await until('the letter', () => {
		try {
			return linkTo('selam@example.com').includes('/reset/');
		} catch {
			return false;
		}
	});
	await page.goto(linkTo('selam@example.com'));
	await page.getByLabel('New password').fill('a newer long password');
	await page.getByRole('button', { name: 'Set the password' }).click();
	await page.getByRole('link', { name: 'Sign in' }).click();
	await page.getByLabel('E-mail').fill('selam@example.com');
	await page.getByLabel('Password').fill('a newer long password');
	await page.getByRole('button', { name: 'Sign in', exact: true }).click();
	await page.getByText('No event yet').waitFor();
	await fresh.close();
}, 60_000);

it('leaves a log without surprises', () => {
	expect(server.output()).not.toContain('"level":"error"');
});
