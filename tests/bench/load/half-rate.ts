// Ours and Hocuspocus at half of the rate that Hocuspocus reaches at most.
import {
	CYCLE,
	type Load,
	type Shape,
	openLoad,
	shapes,
	startRelay,
	topRate,
	withPostgres
} from './relays.ts';

export interface AtHalfRate {
	shape: Shape;
	/** edits a second */
	rate: number;
	ours: Load;
	peer: Load;
}

/** @param settle ms to wait for what is stored later */
export const atHalfRate = (settle: number): Promise<AtHalfRate[]> =>
	withPostgres(async (database) => {
		const all: AtHalfRate[] = [];
		for (const shape of shapes) {
			const hocuspocus = await startRelay('hocuspocus', await database());
			const rate = Math.round((await topRate(hocuspocus, shape)).rate / 2);
			await hocuspocus.stop();
			const loads: Load[] = [];
			for (const kind of ['aura', 'hocuspocus'] as const) {
				const relay = await startRelay(kind, await database());
				const load = await openLoad(relay, await relay.documents(shape.rooms), shape.clients);
				loads.push(await load.run(rate, 2 * CYCLE, kind === 'aura' ? 500 : settle));
				await load.close();
				await relay.stop();
			}
			all.push({ shape, rate, ours: loads[0]!, peer: loads[1]! });
		}
		return all;
	});
