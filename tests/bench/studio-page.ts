import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { launchProfile } from '../support/browser.ts';
import { type ServerProcess, serverProcess } from '../support/server.ts';
import { firstPage, setUpStudio } from '../support/studio.ts';

export interface StudioPage {
	server: ServerProcess;
	context: BrowserContext;
	page: Page;
	folder: string;
}

/** The built server and a signed-in studio in a browser of its own. */
export async function withStudio<T>(run: (studio: StudioPage) => Promise<T>): Promise<T> {
	const folder = mkdtempSync(join(tmpdir(), 'aura-bench-'));
	const server = await serverProcess();
	const context = await launchProfile(join(folder, 'profile'));
	try {
		const page = await firstPage(context);
		page.setDefaultTimeout(120_000);
		await setUpStudio(page, server.url);
		return await run({ server, context, page, folder });
	} finally {
		await context.close();
		await server.remove();
		rmSync(folder, { recursive: true, force: true });
	}
}
