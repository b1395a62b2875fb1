// Small edits at a rising rate until the slowest hundredth of deliveries takes more than 100 ms: edits delivered a second,
// ours with authorisation and durable acknowledgement beside Hocuspocus; y-websocket 2.1's bundled server is the floor.
import { type Figure, figure } from './support.ts';
import { type Kind, shapes, startRelay, topRate, withPostgres } from './load/relays.ts';

export const run = (): Promise<Figure[]> =>
	withPostgres(async (database) => {
		const figures: Figure[] = [];
		for (const shape of shapes) {
			const top = async (kind: Kind) => {
				const relay = await startRelay(kind, await database());
				try {
					return await topRate(relay, shape);
				} finally {
					await relay.stop();
				}
			};
			const ours = await top('aura');
			const peer = await top('hocuspocus');
			const floor = await top('y-websocket');
			figures.push(
				figure(
					'relay',
					ours.load.rateDelivered,
					peer.load.rateDelivered,
					'edits delivered a second, p99 within 100 ms',
					'ratio >= 2',
					{
						shape: shape.name,
						edits: ours.rate,
						peerEdits: peer.rate,
						savedP99: Math.round(ours.load.saved99),
						floor: floor.load.rateDelivered,
						floorIs: 'y-websocket 2.1, which keeps and checks nothing'
					}
				)
			);
		}
		return figures;
	});
