// What may be sent over the network that there is, as the person decided on this device.

export interface TransferSettings {
	isPaused: boolean;
	/** kilobytes a second; null: as fast as it goes */
	rate: number | null;
	isWifiOnly: boolean;
	/** megabytes a day; null: no budget */
	budget: number | null;
	/** the screen stays on while something is sent */
	staysAwake: boolean;
	/** 'this network costs nothing', or 'send it all the same': said for the network of this moment */
	isConfirmed: boolean;
}
export const defaultSettings: TransferSettings = {
	isPaused: false,
	rate: null,
	isWifiOnly: false,
	budget: null,
	staysAwake: false,
	isConfirmed: false
};

/** What the browser says of the network; most say little. */
export interface NetworkKind {
	/** 'wifi', 'ethernet', 'cellular'...; undefined: not told */
	type: string | undefined;
	/** the person asked the browser or the system to save data */
	savesData: boolean;
}

export const networkKind = (): NetworkKind => {
	const { connection } = navigator as {
		connection?: { type?: string; saveData?: boolean };
	};
	return { type: connection?.type, savesData: connection?.saveData ?? false };
};

/** A send that is large enough to ask before it goes over a line that costs, bytes. */
export const LARGE_BYTES = 20e6;

/**
 * 'all', 'small' (thumbnails and faces, which others wait for), or nothing; and why.
 * `ask` puts it to the person, who can let it go for the network that there is.
 */
export type Policy =
	| { sends: 'all' }
	| { sends: 'small'; why: 'metered' }
	| { sends: 'nothing'; why: 'paused' | 'wifi-only' | 'not-wifi' | 'budget' };

export function policyOf(
	settings: TransferSettings,
	network: NetworkKind,
	now: { waitingBytes: number; sentToday: number }
): Policy {
	const { isPaused, isWifiOnly, budget, isConfirmed } = settings;
	if (isPaused) return { sends: 'nothing', why: 'paused' };
	if (budget !== null && now.sentToday >= budget * 1e6) return { sends: 'nothing', why: 'budget' };
	const isFree = network.type === 'wifi' || network.type === 'ethernet';
	if (isWifiOnly && !isFree && !isConfirmed)
		// where the browser does not tell, the person is asked
		return { sends: 'nothing', why: network.type === undefined ? 'wifi-only' : 'not-wifi' };
	const isMetered = network.type === 'cellular' || network.savesData;
	if (isMetered && !isConfirmed && now.waitingBytes > LARGE_BYTES)
		return { sends: 'small', why: 'metered' };
	return { sends: 'all' };
}

/** Days are counted by the clock of the device, as its owner's contract does. */
export const dayOf = (now: Date): string =>
	`${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, '0')}-${String(now.getDate()).padStart(2, '0')}`;
