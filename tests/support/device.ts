// A device in Node: the product's own replica and link, on a real socket, with storage in memory.
import { WebSocket } from 'ws';
import { type Link, openLink } from '../../sync/replica/link.ts';
import { Replica } from '../../sync/replica/replica.ts';
import type { ReplicaRow, ReplicaState, ReplicaStore } from '../../sync/replica/store.ts';

export function memoryStore(): ReplicaStore {
	let rows: (ReplicaRow & { id: number })[] = [];
	const receipts: { bytes: Uint8Array; receipt: Uint8Array }[] = [];
	const state: ReplicaState = { saved: null, epoch: null, refusalsSeen: 0, isWaiting: false };
	const clients: number[] = [];
	let next = 1;
	const add = ({ bytes, isOwn, receipt }: ReplicaRow) => {
		rows.push({ bytes, isOwn, receipt, id: next });
		return next++;
	};
	return {
		load: () => Promise.resolve({ ...state, rows: [...rows], clients: [...clients], damaged: 0 }),
		append: (_, row) => Promise.resolve(add(row)),
		replace(_, ids, made) {
			for (const { id, bytes, receipt } of rows)
				if (receipt && ids.includes(id)) receipts.push({ bytes, receipt });
			rows = rows.filter(({ id }) => !ids.includes(id));
			return Promise.resolve(made.map(add));
		},
		receipted: () => Promise.resolve(receipts),
		setState: (_, changes) => Promise.resolve(void Object.assign(state, changes)),
		addClient: (_, client) => Promise.resolve(void clients.push(client)),
		addRefused: () => Promise.resolve()
	};
}

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
	const replica = await Replica.open(document, memoryStore());
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
