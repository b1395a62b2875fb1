// The relay's thread with two planted faults, each at a frame that a device sends.
import { Room } from '../../sync/relay/room.ts';

export const frames = { hang: 'hang', exit: 'exit' };

const { receive } = Room.prototype;
Room.prototype.receive = function (peer, frame) {
	const text = new TextDecoder().decode(frame);
	peer.connection.onReading?.();
	if (text === frames.exit) process.exit(7);
	while (text === frames.hang);
	receive.call(this, peer, frame);
};
await import('../../server/relay/thread/thread.ts');
