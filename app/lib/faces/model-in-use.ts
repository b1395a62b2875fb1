// Which model the studio tells faces apart with, kept on this device for when there is no network.
import { type Embedder, MAX_DEVICE_MODEL_BYTES, defaultEmbedder } from '#shared/faces/models.ts';
import { call } from '../api/client.ts';
import type { DeviceDatabase } from '../device/database.ts';

/** How often it is asked again, ms. */
const EVERY_MS = 60 * 60_000;

interface Kept {
	model: Embedder;
	/** of its file */
	bytes: number;
}

const keyOf = (workspace: string) => `face-model/${workspace}`;

async function kept(database: DeviceDatabase, workspace: string): Promise<Kept | undefined> {
	return (await database.settings.get(keyOf(workspace)))?.value as Kept | undefined;
}

/** What faces of this studio are compared by, as far as this device has heard. */
export const modelInUse = async (database: DeviceDatabase, workspace: string): Promise<Embedder> =>
	(await kept(database, workspace))?.model ?? defaultEmbedder;

/** What this device finds faces with: a model that is too large to load leaves it to the server to make them anew. */
export async function modelToFindWith(
	database: DeviceDatabase,
	workspace: string
): Promise<Embedder> {
	const found = await kept(database, workspace);
	return found && found.bytes <= MAX_DEVICE_MODEL_BYTES ? found.model : defaultEmbedder;
}

/**
 * Asks the server now and then.
 * @param onLookAgain photos of this device are to be looked at with another model than before
 * @returns what ends it
 */
export function followModel(
	database: DeviceDatabase,
	workspace: string,
	onLookAgain: () => void
): () => void {
	const ask = async () => {
		const { inUse, bytes } = await call('GET /api/workspaces/{workspace}/face-models', {
			params: { workspace }
		});
		const before = await modelToFindWith(database, workspace);
		const isOther = inUse.id !== before.id && bytes <= MAX_DEVICE_MODEL_BYTES;
		// before it is known: what is cut off in between is done the next time
		const count = isOther
			? await (await import('./look-again.ts')).lookAgainWith(database, workspace, inUse)
			: 0;
		await database.settings.put({ key: keyOf(workspace), value: { model: inUse, bytes } });
		if (count > 0) onLookAgain();
	};
	// without a network what was heard last goes on
	const asked = () => void ask().catch(() => undefined);
	asked();
	const timer = setInterval(asked, EVERY_MS);
	addEventListener('online', asked);
	return () => {
		clearInterval(timer);
		removeEventListener('online', asked);
	};
}
