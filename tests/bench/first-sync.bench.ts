// An event of 10 000 photos comes to an empty device over loopback; the server has it in memory.
import { openFiller, startRelay, withPostgres } from './load/relays.ts';
import { type Figure, figure, median } from './support.ts';

const PHOTOS = 10_000;

export const run = (): Promise<Figure[]> =>
	withPostgres(async (database) => {
		const times: number[][] = [];
		for (const kind of ['aura', 'hocuspocus'] as const) {
			const relay = await startRelay(kind, await database());
			const filler = openFiller(relay);
			const [document] = await relay.documents(1);
			await filler.fill([document!], PHOTOS);
			const all: number[] = [];
			for (let run = 0; run < 12; run++) all.push(await filler.take(document!, PHOTOS));
			// the first ones warm up
			times.push(all.slice(3));
			await filler.close();
			await relay.stop();
		}
		return [
			figure(
				'first-sync',
				median(times[0]!),
				median(times[1]!),
				'ms for 10 000 photos',
				'ratio <= 0.7'
			)
		];
	});
