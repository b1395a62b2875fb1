// A guest in front of an event with 20 000 faces: from the press of the shutter to the first match on the screen.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, launchProfile } from '../support/browser.ts';
import { writeFakeCamera } from '../support/camera.ts';
import { until } from '../support/client.ts';
import { samplePhoto } from '../support/paths.ts';
import { startTestServer } from '../support/server.ts';
import { createEvent, firstPage, isSaved, photoCountOf, setUpStudio } from '../support/studio.ts';
import { type Figure, figure, median } from './support.ts';

const FACES = 20_000;
const guestFace = { photo: samplePhoto(3), left: 0.44, top: 0.06, width: 0.32, height: 0.42 };

export async function run(): Promise<Figure[]> {
	const folder = mkdtempSync(join(tmpdir(), 'aura-scan-'));
	const server = await startTestServer();
	const studio = await launchProfile(join(folder, 'studio'));
	const camera = join(folder, 'guest.mjpeg');
	await writeFakeCamera(camera, guestFace);
	const phone = await launch([
		'--use-fake-ui-for-media-stream',
		'--use-fake-device-for-media-stream',
		`--use-file-for-fake-video-capture=${camera}`
	]);
	try {
		const page = await firstPage(studio);
		await setUpStudio(page, server.url);
		const event = (await createEvent(page, 'Many faces')).split('/').pop()!;
		await page.getByLabel('Import photos').setInputFiles([samplePhoto(1), samplePhoto(3)]);
		await until('the photos', async () => (await photoCountOf(page)) === 2, 60_000);
		await until('saved', () => isSaved(page), 60_000);
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
		await page.getByRole('button', { name: 'Publish to guests' }).click();
		const url = (await page.getByTestId('guest-link').getAttribute('href'))!;
		await page.close();
		const context = await phone.newContext({ viewport: { width: 390, height: 844 } });
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
