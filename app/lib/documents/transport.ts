// The one place that knows y-websocket: carries a replica's document to the relay and back.
import { WebsocketProvider } from 'y-websocket';
import { readVarUint8Array } from 'lib0/decoding';
import type { Replica } from '#sync/replica/replica.ts';

/** Messages beyond the standard four; the relay's protocol.ts says the same numbers. */
const SAVED = 4;
const REFUSED = 5;

/**
 * 'offline' has no connection; 'signedOut' was told to sign in; 'refused' may not open the document, or it is
 * not known to the server yet.
 */
export type LinkState = 'offline' | 'connected' | 'signedOut' | 'refused';

export interface Link {
	state(): LinkState;
	/** The server's state has arrived since the connection was made. */
	isSynced(): boolean;
	/** Tries to connect now. */
	connect(): void;
	destroy(): void;
}

/** Milliseconds until a document that the server refused is asked for again (it may learn of it meanwhile). */
const ASK_AGAIN_MS = 3_000;

/** @param onChange called after state or isSynced changed */
export function openLink(replica: Replica, onChange: () => void): Link {
	let state: LinkState = 'offline';
	let timer: ReturnType<typeof setTimeout> | undefined;
	const address = `${location.origin.replace(/^http/, 'ws')}/sync`;
	const provider = new WebsocketProvider(address, replica.name, replica.doc, {
		params: { aura: '1' },
		connect: false,
		maxBackoffTime: 5_000
	});
	provider.messageHandlers[SAVED] = (_encoder, decoder) =>
		replica.saved(readVarUint8Array(decoder));
	provider.messageHandlers[REFUSED] = (_encoder, decoder) =>
		replica.refused(JSON.parse(new TextDecoder().decode(readVarUint8Array(decoder))));
	provider.on('status', ({ status }) => {
		if (status === 'connected') state = 'connected';
		else if (status === 'disconnected' && state === 'connected') state = 'offline';
		onChange();
	});
	provider.on('sync', onChange);
	provider.on('closed', ({ code }) => {
		state = code === 4401 ? 'signedOut' : 'refused';
		clearTimeout(timer);
		if (state === 'refused') timer = setTimeout(() => provider.connect(), ASK_AGAIN_MS);
		onChange();
	});
	provider.connect();
	return {
		state: () => state,
		isSynced: () => provider.synced,
		connect() {
			clearTimeout(timer);
			if (!provider.wsconnected) {
				provider.disconnect();
				provider.connect();
			}
		},
		destroy() {
			clearTimeout(timer);
			provider.destroy();
		}
	};
}
