// A network that tests control: it stands between a device and the server, and cuts, slows, delays, damages and repeats.
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { seededRandom } from '../simulation/world.ts';

export interface Weather {
	seed: number;
	/** bytes a second in each direction, of all connections together; absent: as fast as it goes */
	bandwidth?: number;
	/** milliseconds one way */
	latency?: number;
	/** milliseconds between two cuts of everything */
	cutEvery?: number;
	/** chance that a connection breaks off after some of the bytes that it would carry */
	breaks?: number;
	/** chance that a byte of a part is flipped on its way up; TCP would let it pass once in a long while */
	damages?: number;
}

export interface BadNetwork {
	url: string;
	/** bytes that went over the line, up and down */
	carried: { up: number; down: number };
	/** how often each thing happened */
	happened: { cuts: number; breaks: number; damages: number };
	close(): Promise<void>;
}

/** How finely a bandwidth is shared out, milliseconds. */
const SLICE_MS = 10;

export async function badNetwork(to: { port: number }, weather: Weather): Promise<BadNetwork> {
	const random = seededRandom(weather.seed);
	const { bandwidth = Infinity, latency = 0 } = weather;
	const carried = { up: 0, down: 0 };
	const happened = { cuts: 0, breaks: 0, damages: 0 };
	const pairs = new Set<[Socket, Socket]>();
	/** when the line is free again, in each direction */
	const free = { up: 0, down: 0 };
	const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

	const carry = async (from: Socket, into: Socket, way: 'up' | 'down', kill: () => void) => {
		const breaksAt =
			weather.breaks && random() < weather.breaks ? Math.floor(random() ** 3 * 600_000) : Infinity;
		let seen = 0;
		/** what is in the air arrives in order, `latency` later */
		let landed = Promise.resolve();
		try {
			// one direction may end before the other: a socket is not destroyed because nothing more comes
			const parts = from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
			for await (const part of parts) {
				const step =
					bandwidth === Infinity ? part.length : Math.ceil((bandwidth * SLICE_MS) / 1000);
				for (let at = 0; at < part.length; at += step) {
					const bytes = part.subarray(at, at + step);
					if (bandwidth !== Infinity) {
						const now = performance.now();
						free[way] = Math.max(free[way], now) + (bytes.length / bandwidth) * 1000;
						const ahead = free[way] - now;
						if (ahead > 1) await wait(ahead);
					}
					if (from.destroyed && into.destroyed) return;
					carried[way] += bytes.length;
					seen += bytes.length;
					let out: Uint8Array = bytes;
					if (
						weather.damages &&
						way === 'up' &&
						bytes.length > 2_000 &&
						random() < weather.damages
					) {
						out = Uint8Array.from(bytes);
						out[Math.floor(out.length / 2 + random() * (out.length / 2))]! ^= 1;
						happened.damages++;
					}
					if (seen > breaksAt) {
						happened.breaks++;
						kill();
						return;
					}
					if (latency > 0) {
						const due = wait(latency);
						landed = Promise.all([landed, due]).then(() => void into.write(out));
					} else if (!into.write(out))
						await new Promise((resolve) => into.once('drain', resolve).once('close', resolve));
				}
			}
			await landed;
			into.end();
		} catch {
			kill();
		}
	};

	const server: Server = createServer({ allowHalfOpen: true }, (device) => {
		const host = connect({ port: to.port, host: '127.0.0.1', allowHalfOpen: true });
		const pair: [Socket, Socket] = [device, host];
		pairs.add(pair);
		const kill = () => {
			pairs.delete(pair);
			device.resetAndDestroy();
			host.resetAndDestroy();
		};
		for (const socket of pair)
			socket
				.on('error', kill)
				.on('close', () => pair.every(({ destroyed }) => destroyed) && pairs.delete(pair));
		void carry(device, host, 'up', kill);
		void carry(host, device, 'down', kill);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const cutting =
		weather.cutEvery === undefined
			? null
			: setInterval(() => {
					happened.cuts++;
					for (const [device, host] of [...pairs]) {
						device.resetAndDestroy();
						host.resetAndDestroy();
					}
				}, weather.cutEvery);
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		carried,
		happened,
		async close() {
			if (cutting) clearInterval(cutting);
			for (const [device, host] of [...pairs]) {
				device.destroy();
				host.destroy();
			}
			await new Promise((resolve) => server.close(resolve));
		}
	};
}
