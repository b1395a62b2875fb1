// Cameras that are not there, for whoever develops without one: the same that tests use. No other build has them.
const WISHED = 'aura.demoCamera';
const pictures = [1, 2, 3, 4].map((n) => `/node_modules/@vladmandic/face-api/demo/sample${n}.jpg`);

/** Plugs in a simulated camera, if somebody asked for it in this tab. */
export async function plugDemo(): Promise<void> {
	if (!import.meta.env.DEV || !sessionStorage.getItem(WISHED)) return;
	const { installCameras } = await import('../../../tests/support/ptp-camera/page.ts');
	const photos = await Promise.all(
		pictures.map(async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer()))
	);
	// a press of the real shutter cannot be had: `cameras.all[0].brain.press()` in the console is one
	const cameras = installCameras(photos);
	cameras.plug({ persona: 'canon', model: 'Simulated camera', serial: 'demo', isAllowed: true });
	Object.assign(window, { cameras });
}

/** Opens the page again with a simulated camera. */
export function tryWithout(): void {
	sessionStorage.setItem(WISHED, '1');
	location.reload();
}
