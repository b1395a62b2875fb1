// A guest in front of an event with 20 000 faces: from the press of the shutter to the first match on the screen.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchProfile } from '../support/browser.ts';
import { PHONE, eventWithGuest, openPhone, publish } from '../support/guest.ts';
import { startTestServer } from '../support/server.ts';
import { firstPage } from '../support/studio.ts';
import { type Figure, figure, median } from './support.ts';

const FACES = 20_000;

export async function run(): Promise<Figure[]> {
	const folder = mkdtempSync(join(tmpdir(), 'aura-scan-'));
	const server = await startTestServer();
	const studio = await launchProfile(join(folder, 'studio'));
	const phone = await openPhone(folder);
	try {
		const page = await firstPage(studio);
		const event = await eventWithGuest(page, server.url, 'Many faces');
		const [row] = await server.database.query<{ workspace_id: string }>(
			`select workspace_id from members`
		);
		const workspace = row!.workspace_id;
		await server.database.tenant(workspace, (queries) =>
			queries.query(
				`insert into faces (workspace_id, event_id, photo_id, face, model, box, quality, embedding)
				 select $1, $2, 'c' || lpad(to_hex(s.n), 31, '0'), 0, 'dlib-resnet-128', array[0.1, 0.1, 0.1, 0.1], 1, v.embedding
				 from generate_series(1, $3::int) as s(n)
				 cross join lateral (
				 	select array_agg((random() - 0.5) * 0.43)::real[]::vector as embedding
				 	from generate_series(s.n, s.n + 127)
				 ) v`,
				[workspace, event, FACES]
			)
		);
		const url = await publish(page);
		await page.close();
		const context = await phone.newContext(PHONE);
		const guest = await context.newPage();
		const times: number[] = [];
		for (let i = 0; i < 7; i++) {
			await guest.goto(url);
			await guest.getByRole('button', { name: 'I agree, find my photos' }).click();
			await guest.getByText('Good. Press the button').waitFor({ timeout: 60_000 });
			times.push(
				await guest.evaluate(async () => {
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
				})
			);
		}
		return [
			figure('scan', median(times), null, 'ms', 'ours <= 1000', {
				faces: FACES,
				worst: Math.round(Math.max(...times))
			})
		];
	} finally {
		await phone.close();
		await studio.close();
		await server.stop();
		rmSync(folder, { recursive: true, force: true });
	}
}
