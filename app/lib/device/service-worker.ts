import { Workbox } from 'workbox-window';
import { writable } from 'svelte/store';

/** A new version waits to take over. It never does so by itself: somebody may be in the middle of something. */
export const update = writable(false);

let workbox: Workbox | null = null;

/** Installs the application on this device, so that it opens without a network. */
export async function registerServiceWorker(): Promise<void> {
	if (!('serviceWorker' in navigator) || workbox) return;
	workbox = new Workbox('/service-worker.js', { type: 'module', scope: '/' });
	workbox.addEventListener('waiting', () => update.set(true));
	await workbox.register({ immediate: true }).catch(() => undefined);
}

/** Lets the new version take over and reloads. */
export function applyUpdate(): void {
	workbox?.addEventListener('controlling', () => location.reload());
	workbox?.messageSkipWaiting();
}
