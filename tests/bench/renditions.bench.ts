// Photos a minute that the server makes pictures of, through its queue, storage and database, beside sharp called directly
// on the same files with as many at a time.
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { renditions } from '#shared/files/kinds.ts';
import { LANES } from '../../server/features/renditions/make.ts';
import { createRenditions } from '../../server/features/renditions/service.ts';
import { makeEvent, setUp } from '../support/client.ts';
import { samplePhoto } from '../support/paths.ts';
import { startTestServer } from '../support/server.ts';
import { type Content, hashOf, sendFile } from '../support/upload.ts';
import { type Figure, figure } from './support.ts';

const PHOTOS = 60;
/** Photos in a row, ours and the peer's in turn: what else the machine does meets both. A queue is long: few begin. */
const TURN = 30;
/** A camera's picture, pixels. */
const SIZE = { width: 6000, height: 4000 };

async function photos(): Promise<Uint8Array<ArrayBuffer>[]> {
	const sample = readFileSync(samplePhoto(1));
	const made: Uint8Array<ArrayBuffer>[] = [];
	for (let n = 0; n < PHOTOS; n++)
		made.push(
			new Uint8Array(
				await sharp(sample)
					.resize({ ...SIZE, fit: 'cover' })
					.modulate({ brightness: 1 - n / 200 })
					.jpeg({ quality: 92 })
					.toBuffer()
			)
		);
	return made;
}

async function inLanes<Item>(
	items: Item[],
	run: (item: Item) => Promise<unknown>
): Promise<number> {
	const began = performance.now();
	const rest = items.values();
	const lane = async () => {
		for (const item of rest) await run(item);
	};
	await Promise.all(Array.from({ length: LANES }, lane));
	return performance.now() - began;
}

const direct = (bytes: Uint8Array) => {
	const { web, thumb } = renditions;
	const image = sharp(bytes).autoOrient();
	const side = (of: number) => ({ width: of, height: of, fit: 'inside' as const });
	return Promise.all([
		image.clone().resize(side(web.side)).webp({ quality: 80, effort: 2 }).toBuffer(),
		image.clone().resize(side(thumb.side)).webp({ quality: 78, effort: 2 }).toBuffer()
	]);
};

export async function run(): Promise<Figure[]> {
	const all = await photos();
	const server = await startTestServer({ isEmbedded: true });
	try {
		const hana = await setUp(server);
		const event = await makeEvent(hana);
		const contents = all.map((bytes): Content => ({
			event,
			photo: hashOf(bytes).slice(0, 32),
			kind: 'original',
			bytes
		}));
		// its own would begin in the middle
		await server.renditions.stop();
		for (const content of contents) await sendFile(hana, content);
		const service = createRenditions(
			server.database,
			server.storage,
			async () => undefined,
			(error) => {
				throw error;
			}
		);
		const find = ({ photo }: Content) =>
			service.find({ workspace: hana.workspace, event, photo }, 'web');
		await direct(all[0]!);
		let ours = 0;
		let peer = 0;
		for (let from = 0; from < PHOTOS; from += TURN) {
			const turn = contents.slice(from, from + TURN);
			const began = performance.now();
			await Promise.all(turn.map(find));
			ours += performance.now() - began;
			peer += await inLanes(
				turn.map(({ bytes }) => bytes),
				direct
			);
		}
		const perMinute = (ms: number) => (PHOTOS / ms) * 60_000;
		return [
			figure(
				'renditions',
				perMinute(ours),
				perMinute(peer),
				'photos a minute, 24 megapixels',
				'ratio >= 0.9',
				{ lanes: LANES, peerIs: 'sharp called directly, bytes in memory' }
			)
		];
	} finally {
		await server.stop();
	}
}
