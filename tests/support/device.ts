// A device in Node: the product's own replica and link, on a real socket, with storage in memory.
import { WebSocket } from 'ws';
import { type Link, openLink } from '../../sync/replica/link.ts';
import { Replica } from '../../sync/replica/replica.ts';
import { memoryStore } from './replica-store.ts';

export interface TestDevice {
	replica: Replica;
	link: Link;
	destroy(): void;
}

/** @param urls processes behind one address: each connection goes to the next one */
export async function openDevice(
	urls: string[],
	cookie: string,
	document: string,
	/** told of the bytes of each frame */
	on: { onSend?: (bytes: number) => void; onFrame?: (bytes: number) => void } = {}
): Promise<TestDevice> {
	const replica = await Replica.open(document, memoryStore().store);
	let turn = 0;
	const link = openLink(replica, {
		dial(name, query, events) {
			const url = urls[turn++ % urls.length]!.replace(/^http/, 'ws');
			const socket = new WebSocket(`${url}/sync/${name}?${new URLSearchParams(query).toString()}`, {
				headers: { cookie }
			});
			socket.binaryType = 'arraybuffer';
			socket.on('open', () => events.opened());
			socket.on('message', (data) => {
				const frame = new Uint8Array(data as ArrayBuffer);
				on.onFrame?.(frame.length);
				events.frame(frame);
			});
			socket.on('close', (code) => events.closed(code));
			socket.on('error', () => {});
			return {
				send(frame) {
					on.onSend?.(frame.length);
					socket.send(frame);
				},
				close: () => socket.terminate()
			};
		},
		after(ms, run) {
			const timer = setTimeout(run, ms);
			return () => clearTimeout(timer);
		},
		soon: (run) => queueMicrotask(run),
		random: Math.random
	});
	return {
		replica,
		link,
		destroy() {
			link.destroy();
			replica.destroy();
		}
	};
}
