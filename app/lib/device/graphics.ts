// Notices that what draws in a worker was lost: a driver that failed, a graphics card that was taken away. Pictures that were
// drawn then are blank, and nothing says so.

/** What was drawn since the last look may be blank; in this worker nothing is drawn right any more. */
export class GraphicsLost extends Error {
	override readonly name = 'GraphicsLost';
	constructor() {
		super('The graphics of this device were lost.');
	}
}

/** Whether an error is that one, also from a worker. */
export const isGraphicsLost = (error: unknown): boolean =>
	(error as Error | null)?.name === 'GraphicsLost';

/** null: there is nothing that could be lost */
let context: WebGLRenderingContext | null | undefined;

function assertGraphics(): void {
	if (context === undefined) context = new OffscreenCanvas(1, 1).getContext('webgl');
	if (!context) return;
	// waits for the process that draws: then it is known whether it is there
	context.readPixels(0, 0, 1, 1, context.RGBA, context.UNSIGNED_BYTE, new Uint8Array(4));
	if (context.isContextLost()) throw new GraphicsLost();
}

/** @throws GraphicsLost where what was drawn cannot be trusted, whatever came out; else what `work` throws */
export async function withGraphics<T>(work: () => Promise<T>): Promise<T> {
	assertGraphics();
	try {
		return await work();
	} finally {
		assertGraphics();
	}
}
