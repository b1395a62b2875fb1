import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface Violation {
	page: string;
	rule: string;
	nodes: string[];
}

/** What axe finds on the page as it is. */
export async function violationsOf(page: Page, name: string): Promise<Violation[]> {
	await page.evaluate(axe);
	const found = await page.evaluate(async () => {
		const { axe } = window as unknown as {
			axe: {
				run(options: object): Promise<{
					violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
				}>;
			};
		};
		const { violations } = await axe.run({
			runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
		});
		return violations.map(({ id, nodes }) => ({
			rule: id,
			nodes: nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`)
		}));
	});
	return found.map((violation) => ({ page: name, ...violation }));
}

/** One place of the application, and how to get there. */
export interface Place {
	name: string;
	go(page: Page): Promise<void>;
}

/** Every page of the main path. The studio must be set up and signed in; `event` has photos and is published. */
export function placesOf(
	url: string,
	event: string,
	guestUrl: string,
	face: string,
	invitation: string
): { studio: Place[]; guest: Place[] } {
	const to =
		(path: string, ready: (page: Page) => Promise<unknown>): Place['go'] =>
		async (page) => {
			await page.goto(path.startsWith('http') ? path : `${url}${path}`);
			await ready(page);
		};
	const heading = (name: string | RegExp) => (page: Page) =>
		page.getByRole('heading', { name }).first().waitFor();
	const openEvent = to(event, (page) => page.getByTestId('grid').locator('img').first().waitFor());
	return {
		studio: [
			{ name: 'landing', go: to('/', heading(/Shoot tonight/)) },
			{ name: 'signin', go: to('/signin', heading('Sign in')) },
			{ name: 'setup', go: to('/setup?token=x', heading('Set up your studio')) },
			{ name: 'docs', go: to('/docs', heading('scan')) },
			{ name: 'missing', go: to('/nothing/here', heading(/nothing at this address/)) },
			{
				name: 'events',
				go: to('/admin', (page) => page.getByRole('link', { name: /Timket/ }).waitFor())
			},
			{
				name: 'history',
				go: to(`${event}/history`, (page) => page.getByText(/added 6 photos/).waitFor())
			},
			{
				name: 'new-event',
				go: async (page) => {
					await to('/admin', heading('Events'))(page);
					await page.getByRole('button', { name: 'New event' }).first().click();
					await page.getByRole('dialog').waitFor();
				}
			},
			{
				name: 'projects',
				go: to('/admin/projects', (page) =>
					page.getByRole('button', { name: 'More for Weddings' }).waitFor()
				)
			},
			{
				name: 'project-change',
				go: async (page) => {
					await to('/admin/projects', heading('Events'))(page);
					await page.getByRole('button', { name: 'More for Weddings' }).click();
					await page.getByRole('menuitem', { name: 'Change…' }).click();
					await page.getByRole('dialog').waitFor();
				}
			},
			{
				name: 'assign',
				go: async (page) => {
					await to('/admin/projects', heading('Events'))(page);
					await page.getByRole('button', { name: 'More for Weddings' }).click();
					await page.getByRole('menuitem', { name: 'Who works on it…' }).click();
					await page.getByRole('checkbox').first().waitFor();
				}
			},
			{
				name: 'teams',
				go: to('/admin/team/teams', (page) =>
					page.getByText('Second shooters', { exact: true }).waitFor()
				)
			},
			{
				name: 'work',
				go: async (page) => {
					await to('/admin/team/teams', heading('Teams'))(page);
					await page.getByRole('button', { name: 'More for Second shooters' }).click();
					await page.getByRole('menuitem', { name: 'What they work on…' }).click();
					await page.getByRole('checkbox').first().waitFor();
				}
			},
			{ name: 'event', go: openEvent },
			{
				name: 'loupe',
				go: async (page) => {
					await openEvent(page);
					await page.getByTestId('grid').getByRole('button').first().click();
					await page.getByRole('dialog').locator('.picture img').waitFor();
					await page.getByRole('button', { name: 'Faces' }).click();
					await page
						.getByRole('button', { name: /^All photos with face/ })
						.first()
						.waitFor();
				}
			},
			{
				name: 'publish',
				go: async (page) => {
					await openEvent(page);
					await page.getByRole('button', { name: 'Publish to guests' }).click();
					await page.getByTestId('guest-link').waitFor();
				}
			},
			{ name: 'team', go: to('/admin/team', (page) => page.getByText('Invited').waitFor()) },
			{
				name: 'invite',
				go: async (page) => {
					await to('/admin/team', heading('Team'))(page);
					await page.getByRole('button', { name: 'Invite people' }).click();
					await page.getByRole('dialog').waitFor();
				}
			},
			{ name: 'roles', go: to('/admin/team/roles', heading('Exactly')) },
			{ name: 'audit', go: to('/admin/audit', (page) => page.getByText('invited').waitFor()) },
			{
				name: 'refused',
				go: to('/admin/audit/refused', (page) => page.getByText('rating of').waitFor())
			},
			{ name: 'settings', go: to('/admin/settings', heading('Settings')) },
			{
				name: 'delete-workspace',
				go: async (page) => {
					await to('/admin/settings', heading('Settings'))(page);
					await page.getByRole('button', { name: 'Delete this workspace…' }).click();
					await page.getByRole('dialog').waitFor();
				}
			},
			{
				name: 'stats',
				go: to('/admin/stats', (page) => page.getByText('Spent a day').waitFor())
			},
			{
				name: 'superadmin',
				go: to('/superadmin', (page) => page.getByRole('button', { name: 'Suspend…' }).waitFor())
			},
			{ name: 'account', go: to('/account', heading('Devices')) },
			{ name: 'device', go: to('/account/device', heading('When room is short')) },
			{ name: 'trash', go: to('/admin/trash', heading('The trash is empty')) },
			{ name: 'transfers', go: to('/account/transfers', heading('What it may cost')) },
			{ name: 'kept', go: to('/account/kept', heading('On this device only')) },
			{
				name: 'workspaces',
				go: async (page) => {
					await to('/admin', heading('Events'))(page);
					await page.getByRole('button', { name: /^Workspace/ }).click();
					await page.getByText(/^\d events · /).waitFor();
				}
			},
			{ name: 'share', go: to('/share', (page) => page.getByText('Nothing waits here').waitFor()) },
			{ name: 'capture', go: to('/capture', (page) => page.locator('.picture').waitFor()) },
			{
				name: 'capture-client',
				go: to(`/capture/client?event=${event.split('/').pop()}`, (page) =>
					page.locator('.client img').waitFor()
				)
			},
			{
				name: 'cull',
				go: to(`${new URL(event, url).pathname}/cull`, (page) =>
					page.locator('canvas[data-shown]').waitFor()
				)
			}
		],
		guest: [
			{ name: 'scan', go: to(guestUrl, heading('Timket 2026')) },
			{
				name: 'scan-selfie',
				go: async (page) => {
					await to(guestUrl, heading('Timket 2026'))(page);
					await page.getByRole('button', { name: 'I agree, find my photos' }).click();
					await page.getByRole('button', { name: 'Take the selfie' }).waitFor();
				}
			},
			{
				name: 'scan-results',
				go: async (page) => {
					await to(guestUrl, heading('Timket 2026'))(page);
					await page.getByRole('button', { name: 'I agree, find my photos' }).click();
					await page.getByLabel('Use a picture instead').setInputFiles(face);
					await page.getByTestId('matches').locator('img').first().waitFor({ timeout: 60_000 });
				}
			},
			{ name: 'invitation', go: to(invitation, heading(/^Join/)) },
			{ name: 'reset', go: to('/reset', heading('Set a new password')) },
			{ name: 'reset-set', go: to(`/reset/${'x'.repeat(43)}`, heading('Set a new password')) },
			{ name: 'scan-wrong', go: to(`/scan/${'x'.repeat(22)}`, heading(/does not open an event/)) }
		]
	};
}
