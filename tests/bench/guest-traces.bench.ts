// What is left of a guest's face once they searched, both ways: in every row of the database, every file of the server and all
// that it reported. A trace is the picture, or any eight numbers of the embedding in a row, as text or as bytes.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { ScanPage } from '#shared/scan.ts';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { createLooker } from '../../server/features/faces/looker.ts';
import { cropFace } from '../support/camera.ts';
import { makeEvent, setUp } from '../support/client.ts';
import { root, samplePhoto } from '../support/paths.ts';
import { startTestServer } from '../support/server.ts';
import { type Figure, figure } from './support.ts';

const guestFace = { photo: samplePhoto(3), left: 0.44, top: 0.06, width: 0.32, height: 0.42 };
const RUN = 8;

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
		const looked = await createLooker(join(root, 'static'))(picture);
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
		const needles: Buffer[] = [picture.subarray(200, 264)];
		const base64 = picture.toString('base64');
		needles.push(Buffer.from(base64.slice(400, 464)));
		for (let at = 0; at + RUN <= embedding.length; at += RUN) {
			const some = embedding.slice(at, at + RUN);
			needles.push(Buffer.from(some.buffer, some.byteOffset, some.byteLength));
		}
		// a number as text is as long as whoever wrote it thought right: its beginning is the same
		const numbers = [...embedding].map((value) => String(value).slice(0, 8));
		const isTrace = (bytes: Buffer) =>
			needles.some((needle) => bytes.includes(needle)) ||
			numbers.filter((number) => bytes.includes(number)).length >= RUN;
		const [planted] = await server.database.query<{ text: string }>(
			`select $1::text::vector::text as text`,
			[`[${[...embedding].join(',')}]`]
		);
		for (const each of [planted!.text, JSON.stringify([...embedding]), base64, picture])
			if (!isTrace(Buffer.from(each as string))) throw new Error('a trace would not be seen');
		let [traces, rows, files] = [0, 0, 0];
		const lookIn = (bytes: Buffer) => {
			if (isTrace(bytes)) traces++;
		};
		const tables = await server.database.query<{ name: string }>(
			`select quote_ident(tablename) as name from pg_tables where schemaname = current_schema() and tablename <> 'migrations'`
		);
		for (const { name } of tables) {
			const sql = `select to_jsonb(t)::text as row from ${name} t`;
			const found = await server.database
				.tenant(hana.workspace, (queries) => queries.query<{ row: string }>(sql))
				.catch(() => server.database.query<{ row: string }>(sql));
			rows += found.length;
			for (const { row } of found) lookIn(Buffer.from(row));
		}
		for (const file of readdirSync(server.dataDir, { recursive: true, withFileTypes: true }))
			if (file.isFile()) {
				files++;
				lookIn(readFileSync(join(file.parentPath, file.name)));
			}
		lookIn(Buffer.from(server.reports.map(String).join('\n')));
		return [figure('guest-traces', traces, null, 'traces', 'ours = 0', { rows, files })];
	} finally {
		await server.stop();
	}
}
