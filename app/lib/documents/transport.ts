// How documents reach the relay and the other tabs of this device.
import type { LinkParts, Socket } from '#sync/replica/link.ts';
import type { TabChannel } from '#sync/replica/replica.ts';

/** Connections to the relay of the page's own origin. */
export const browserLink: LinkParts = {
	dial(document, query, events): Socket {
		const address = `${location.origin.replace(/^http/, 'ws')}/sync/${document}`;
		const socket = new WebSocket(`${address}?${new URLSearchParams(query).toString()}`);
		socket.binaryType = 'arraybuffer';
		socket.addEventListener('open', () => events.opened());
		socket.addEventListener('message', ({ data }) => {
			if (data instanceof ArrayBuffer) events.frame(new Uint8Array(data));
		});
		socket.addEventListener('close', ({ code }) => events.closed(code));
		return {
			send(frame) {
				if (socket.readyState === WebSocket.OPEN) socket.send(frame as Uint8Array<ArrayBuffer>);
			},
			close: () => socket.close()
		};
	},
	after(ms, run) {
		const timer = setTimeout(run, ms);
		return () => clearTimeout(timer);
	},
	soon: (run) => queueMicrotask(run),
	random: () => Math.random()
};

/** Edits of one person's tabs on their way to each other. */
export function openTabs(person: string): TabChannel & { close(): void } {
	const channel = new BroadcastChannel(`aura-documents-${person}`);
	const listeners = new Map<string, Set<(update: Uint8Array) => void>>();
	channel.onmessage = ({ data }: MessageEvent<{ document: string; update: Uint8Array }>) => {
		for (const hear of listeners.get(data.document) ?? []) hear(data.update);
	};
	return {
		post: (document, update) => channel.postMessage({ document, update }),
		listen(document, hear) {
			const all = listeners.get(document) ?? new Set();
			listeners.set(document, all.add(hear));
			return () => all.delete(hear);
		},
		close: () => channel.close()
	};
}
