// How long the slowest hundredth of deliveries takes at half of Hocuspocus' top rate.
import { atHalfRate } from './load/half-rate.ts';
import { type Figure, figure, round } from './support.ts';

export const run = async (): Promise<Figure[]> =>
	(await atHalfRate(500)).map(({ shape, rate, ours, peer }) =>
		figure('relay-latency', ours.p99, peer.p99, 'ms, p99 from edit to delivery', 'ratio <= 0.7', {
			shape: shape.name,
			edits: rate,
			median: round(ours.p50),
			peerMedian: round(peer.p50)
		})
	);
