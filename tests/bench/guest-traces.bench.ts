// What is left of a guest's face once they searched, both ways: in every row of the database, every file of the server and all
// that it reported. A trace is the picture, or any eight numbers of the embedding in a row, as text or as bytes.
import sharp from 'sharp';
import type { ScanPage } from '#shared/scan.ts';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { cropFace } from '../support/camera.ts';
import { makeEvent, setUp } from '../support/client.ts';
import { guestFace } from '../support/guest.ts';
import { lookAt } from '../support/look.ts';
import { startTestServer } from '../support/server.ts';
import { tracesOf } from '../support/traces.ts';
import { type Figure, figure } from './support.ts';

export async function run(): Promise<Figure[]> {
	const server = await startTestServer();
	try {
		const hana = await setUp(server);
		const event = await makeEvent(hana);
		const { code } = await hana.json<{ code: string }>(
			'PUT',
			`/api/workspaces/${hana.workspace}/events/${event}/guest-access`
		);
		const picture = await sharp(await cropFace(guestFace))
			.resize(240, 320, { fit: 'cover' })
			.webp({ quality: 50 })
			.toBuffer();
		const looked = await lookAt(picture);
		if (looked.kind !== 'face') throw new Error(`the guest's face: ${looked.kind}`);
		const { embedding } = looked;
		const { consents } = (await (await fetch(`${server.url}/api/scan/${code}`)).json()) as ScanPage;
		const { language, version, picture: words } = consents[0]!;
		const search = async (body: object) => {
			const response = await fetch(`${server.url}/api/scan/${code}/search`, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify(body)
			});
			if (!response.ok) throw new Error(`a search was answered ${response.status}`);
		};
		await search({
			...{ model: defaultEmbedder.id, embedding: [...embedding] },
			consent: { language, version }
		});
		await search({
			picture: picture.toString('base64'),
			consent: { language, version: words!.version }
		});
		const { traces, rows, files } = await tracesOf(server, hana.workspace, picture, embedding);
		if (traces.length > 0) console.error(`guest-traces: in ${traces.join(', ')}`);
		return [figure('guest-traces', traces.length, null, 'traces', 'ours = 0', { rows, files })];
	} finally {
		await server.stop();
	}
}
