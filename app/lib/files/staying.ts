// What a page that sends does so that sending goes on: it keeps the screen awake where people wish it, and has the
// service worker go on when it is left or the network goes.

/** Name of what the browser wakes the service worker for, where it can. */
export const SYNC_TAG = 'aura-transfers';

/** Keeps the screen awake as long as it is wanted and the page is seen. */
export function createAwake(): { want(isWanted: boolean): void; stop(): void } {
	let lock: WakeLockSentinel | null = null;
	let isAsking = false;
	let isStopped = false;
	const release = () => {
		void lock?.release();
		lock = null;
	};
	return {
		want(isWanted) {
			if (!isWanted) return release();
			// the browser takes it back when the page is hidden
			if (lock?.released) lock = null;
			if (lock || isAsking || !('wakeLock' in navigator)) return;
			if (document.visibilityState !== 'visible') return;
			isAsking = true;
			navigator.wakeLock
				.request('screen')
				.then(
					(made) => {
						lock = made;
						if (isStopped) release();
					},
					// battery saver: then not
					() => undefined
				)
				.finally(() => (isAsking = false));
		},
		stop() {
			isStopped = true;
			release();
		}
	};
}

/** Asks the browser to wake the service worker when the page goes, or the network. @returns stops it */
export function handOver(isWaiting: () => Promise<boolean>): () => void {
	const ask = async () => {
		const registration = await navigator.serviceWorker?.getRegistration();
		const sync = (registration as { sync?: { register(tag: string): Promise<void> } } | undefined)
			?.sync;
		if (sync && (await isWaiting())) await sync.register(SYNC_TAG);
	};
	const leave = () => {
		if (document.visibilityState === 'hidden') void ask().catch(() => undefined);
	};
	const gone = () => void ask().catch(() => undefined);
	document.addEventListener('visibilitychange', leave);
	window.addEventListener('offline', gone);
	return () => {
		document.removeEventListener('visibilitychange', leave);
		window.removeEventListener('offline', gone);
	};
}
