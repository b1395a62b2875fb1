/// <reference types="@sveltejs/kit" />
/// <reference lib="webworker" />
// Keeps the application on the device: the shell and every page from the start, models and engines once
// they were needed. It never answers for the API, the relay or a guest's pictures.
import { base, build, files, prerendered, version } from '$service-worker';
import {
	cleanupOutdatedCaches,
	createHandlerBoundToURL,
	precacheAndRoute
} from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
import { ExpirationPlugin } from 'workbox-expiration';
import { CacheFirst } from 'workbox-strategies';
import { answerShare } from './lib/capture/shared/inbox.ts';
import { sendInBackground } from './lib/files/background.ts';
import { SYNC_TAG } from './lib/files/staying.ts';

declare const self: ServiceWorkerGlobalScope;

const isLarge = (path: string) =>
	/\.(wasm|onnx|tflite)$/.test(path) ||
	path.includes('/models/') ||
	/\/(ort|litert|vision)[^/]*\.m?js$/.test(path);
// Other scripts than Latin and Ethiopic are fetched when a text needs them.
const isRareFont = (path: string) => /\.woff2?$/.test(path) && !/-(latin|ethiopic)-/.test(path);

precacheAndRoute([
	...build
		.filter((url) => !isLarge(url) && !isRareFont(url))
		.map((url) => ({ url, revision: null })),
	...files
		.filter((url) => !isLarge(url) && !url.includes('/landing/'))
		.map((url) => ({ url, revision: version })),
	...prerendered.map((url) => ({ url, revision: version })),
	{ url: `${base}/shell.html`, revision: version }
]);
cleanupOutdatedCaches();

registerRoute(
	new NavigationRoute(createHandlerBoundToURL(`${base}/shell.html`), {
		denylist: [/^\/$/, /^\/api\//, /^\/sync\//, /^\/scan\//]
	})
);
// What the system's share sheet posts is kept here, and asked about on a page.
registerRoute(
	({ url, sameOrigin }) => sameOrigin && url.pathname === '/share',
	({ request }) => answerShare(request),
	'POST'
);
registerRoute(
	({ url, sameOrigin }) => sameOrigin && (isLarge(url.pathname) || isRareFont(url.pathname)),
	new CacheFirst({
		cacheName: 'models',
		matchOptions: { ignoreVary: true },
		// those of two versions: names have their hash, and an older version's are asked for by nobody
		plugins: [new ExpirationPlugin({ maxEntries: 40, purgeOnQuotaError: true })]
	})
);

self.addEventListener('message', (event) => {
	if ((event.data as { type?: string } | null)?.type === 'SKIP_WAITING') void self.skipWaiting();
});
// The first visit is controlled at once, so that what it loads is kept.
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
// Something is there for this device: open pages fetch it at once instead of when they next try.
self.addEventListener('push', (event) =>
	event.waitUntil(
		self.clients
			.matchAll({ type: 'window' })
			.then((clients) => clients.forEach((client) => client.postMessage({ type: 'WAKE' })))
	)
);
// Files wait on this device, and no page may be open any more.
self.addEventListener('sync', (event) => {
	const { tag, waitUntil } = event as ExtendableEvent & { tag: string };
	if (tag === SYNC_TAG) waitUntil.call(event, sendInBackground());
});
