import { Workbox } from 'workbox-window';
import { writable } from 'svelte/store';

/**
 * 'waiting': a new version is here; it never takes over by itself, as somebody may be in the middle of something.
 * 'taken': it has taken over, because another tab was told to; this page goes on with what it has, and is the former version.
 */
export const update = writable<'waiting' | 'taken' | null>(null);

/** An installed window stays open for weeks. */
const LOOK_MS = 60 * 60 * 1000;
/** A part that is missing in the page loaded anew as well is missing for good. */
const RELOAD_AGAIN_MS = 30_000;

let workbox: Workbox | null = null;
let isAsked = false;
let target: URL | null = null;

/** Somebody is on the way to another page; null: has arrived. */
export const goingTo = (url: URL | null): void => void (target = url);

/** Installs the application on this device, so that it opens without a network. */
export async function registerServiceWorker(): Promise<void> {
	if (!('serviceWorker' in navigator) || workbox) return;
	workbox = new Workbox('/service-worker.js', { type: 'module', scope: '/' });
	workbox.addEventListener('waiting', () => update.set('waiting'));
	// the first one ever takes over from nobody
	let isFirst = navigator.serviceWorker.controller === null;
	navigator.serviceWorker.addEventListener('controllerchange', () => {
		if (isAsked) return location.reload();
		if (!isFirst) update.set('taken');
		isFirst = false;
	});
	// parts of this version that were not loaded yet may be gone with it
	window.addEventListener('vite:preloadError', (event) => {
		update.set('taken');
		const last = Number(sessionStorage.getItem('aura.reloaded'));
		if (!target || Date.now() - last < RELOAD_AGAIN_MS) return;
		sessionStorage.setItem('aura.reloaded', String(Date.now()));
		event.preventDefault();
		location.assign(target);
	});
	await workbox.register({ immediate: true }).catch(() => undefined);
	const look = () => void workbox!.update().catch(() => undefined);
	setInterval(look, LOOK_MS);
	window.addEventListener('online', look);
}

/** Lets the new version take over, and reloads. */
export function applyUpdate(): void {
	isAsked = true;
	if (navigator.serviceWorker.controller === null) return location.reload();
	void navigator.serviceWorker.getRegistration().then((registration) => {
		// another tab was faster: it has taken over already
		if (registration?.waiting) workbox?.messageSkipWaiting();
		else location.reload();
	});
}
