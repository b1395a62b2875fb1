// What 500 documents of 1 000 photos each leave in the memory of a server once they were opened and left.
import { readFileSync } from 'node:fs';
import { openFiller, startRelay, withPostgres } from './load/relays.ts';
import { type Figure, figure } from './support.ts';

const DOCUMENTS = 500;
const PHOTOS = 1_000;
/** ms after which a document that nobody has open has left memory */
const IDLE_MS = 45_000;

/** Resident megabytes of a process. */
const residentOf = (pid: number): number =>
	Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

export const run = (): Promise<Figure[]> =>
	withPostgres(async (database) => {
		const above: number[] = [];
		for (const kind of ['aura', 'hocuspocus'] as const) {
			const url = await database();
			const relay = await startRelay(kind, url);
			const filler = openFiller(relay);
			const [warm, ...documents] = await relay.documents(DOCUMENTS + 1);
			// code and buffers that the first document brings belong to the empty server
			await filler.fill([warm!], PHOTOS);
			await filler.take(warm!, PHOTOS);
			const empty = residentOf(relay.pid);
			await filler.fill(documents, PHOTOS);
			for (const document of documents) await filler.take(document, PHOTOS);
			await new Promise((done) => setTimeout(done, IDLE_MS));
			above.push(residentOf(relay.pid) - empty);
			await filler.close();
			await relay.stop();
		}
		return [
			figure(
				'relay-memory',
				above[0]!,
				above[1]!,
				'MB above an empty server, 500 documents of 1 000 photos opened once',
				'ours < 150'
			)
		];
	});
