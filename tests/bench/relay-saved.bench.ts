// How long it takes from an edit to the word that it is durable, at half of Hocuspocus' top rate. Of Hocuspocus, which
// says nothing of the kind, it is measured when its database has answered.
import { atHalfRate } from './load/half-rate.ts';
import { type Figure, figure, round } from './support.ts';

export const run = async (): Promise<Figure[]> =>
	(await atHalfRate(12_000)).map(({ shape, rate, ours, peer }) =>
		figure('relay-saved', ours.saved99, peer.saved99, 'ms, p99 from edit to saved', 'ours <= 50', {
			shape: shape.name,
			edits: rate,
			median: round(ours.saved50),
			peerMedian: round(peer.saved50)
		})
	);
