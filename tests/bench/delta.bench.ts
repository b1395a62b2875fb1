// A photo of 25 MB is sent; then its XMP gets a rating and a caption and 3 KB more, and it is sent again: bytes that went
// up the second time, all of HTTP included, over bytes of the file.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { badNetwork } from '../support/bad-network.ts';
import { sessionOf } from '../support/client.ts';
import { hashOf, uploadingDevice } from '../support/upload.ts';
import { startOurs, startTus } from './load/transfers.ts';
import { type Figure, figure } from './support.ts';

/** A camera's JPEG with an XMP packet. @param padding bytes of white space in the packet */
function withXmp(jpeg: Buffer, rating: number, caption: string, padding: number): Buffer {
	const packet =
		`http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description ` +
		`xmp:Rating="${rating}" dc:description="${caption}"/></rdf:RDF></x:xmpmeta>${' '.repeat(padding)}`;
	const head = Buffer.from([0xff, 0xe1, 0, 0]);
	head.writeUInt16BE(packet.length + 2, 2);
	return Buffer.concat([jpeg.subarray(0, 2), head, Buffer.from(packet), jpeg.subarray(2)]);
}

async function photoOf25Megabytes(): Promise<Buffer> {
	const noise = { type: 'gaussian' as const, mean: 128, sigma: 45 };
	const make = (width: number) =>
		sharp({ create: { width, height: 4000, channels: 3, background: '#888', noise } })
			.jpeg({ quality: 92 })
			.toBuffer();
	const first = await make(2000);
	return make(Math.round((2000 * 25e6) / first.length));
}

export async function run(): Promise<Figure[]> {
	const jpeg = await photoOf25Megabytes();
	const before = withXmp(jpeg, 0, '', 2_000);
	const after = withXmp(jpeg, 5, 'ጥምቀት, the procession', 5_000);
	const folder = mkdtempSync(join(tmpdir(), 'aura-bench-'));
	const ours = await startOurs();
	const tus = await startTus();
	const network = await badNetwork(ours, { seed: 1 });
	const tusNetwork = await badNetwork(tus, { seed: 1 });
	try {
		const { cookie, userId, workspace } = ours.session;
		const through = sessionOf(network.url, cookie, userId, workspace);
		const up: number[] = [];
		const tusUp: number[] = [];
		for (const [n, file] of [before, after].entries()) {
			const bytes = new Uint8Array(file);
			const photo = hashOf(bytes).slice(0, 32);
			const already = network.carried.up;
			const content = { event: ours.event, photo, kind: 'original' as const, bytes };
			if ((await uploadingDevice(through, [content]).drain()) !== 1)
				throw new Error('it was not sent');
			up.push(network.carried.up - already);
			const path = join(folder, `${n}.jpg`);
			writeFileSync(path, file);
			const tusAlready = tusNetwork.carried.up;
			await tus.send(tusNetwork.url, [path], 1);
			tusUp.push(tusNetwork.carried.up - tusAlready);
		}
		return [
			figure(
				'delta',
				up[1]! / after.length,
				tusUp[1]! / after.length,
				'bytes sent the second time / bytes of the file',
				'ours <= 0.02',
				{
					firstTime: up[0]! / before.length,
					bytes: after.length,
					peerIs: 'tus-js-client, @tus/server'
				}
			)
		];
	} finally {
		await network.close();
		await tusNetwork.close();
		tus.stop();
		await ours.stop();
		rmSync(folder, { recursive: true, force: true });
	}
}
