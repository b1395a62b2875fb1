// What this device remembers of transfers: what its person decided, and what was sent on which day.
import type { DeviceDatabase } from '../device/database.ts';
import { type TransferSettings, dayOf, defaultSettings } from './policy.ts';

const KEY = 'transfers';
const spentKey = (day: string): string => `sent/${day}`;
type Settings = Pick<DeviceDatabase, 'settings'>;

export async function readSettings({ settings }: Settings): Promise<TransferSettings> {
	const row = await settings.get(KEY);
	return { ...defaultSettings, ...(row?.value as Partial<TransferSettings> | undefined) };
}

export async function writeSettings(
	database: DeviceDatabase,
	changes: Partial<TransferSettings>
): Promise<void> {
	await database.transaction('rw', database.settings, async () => {
		const value = { ...(await readSettings(database)), ...changes };
		await database.settings.put({ key: KEY, value });
	});
}

/** Bytes that went up on a day. */
export const readSpent = async ({ settings }: Settings, day = dayOf(new Date())): Promise<number> =>
	Number((await settings.get(spentKey(day)))?.value ?? 0);

/** Notes a day's bytes; those of other days are not asked for any more. */
export async function writeSpent(
	database: DeviceDatabase,
	day: string,
	bytes: number
): Promise<void> {
	await database.transaction('rw', database.settings, async () => {
		await database.settings
			.where('key')
			.startsWith(spentKey(''))
			.filter(({ key }) => key !== spentKey(day))
			.delete();
		await database.settings.put({ key: spentKey(day), value: bytes });
	});
}
