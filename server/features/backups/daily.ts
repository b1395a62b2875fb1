import { AuraError } from '#shared/errors.ts';
import { type BackupPorts, makeBackup } from './backup.ts';

/** A backup each day, as far as an hourly job hits it. */
const DAY = `interval '23 hours'`;

/** Makes a backup when the last one is a day old. Of several processes one does. */
export async function backUpDaily(
	ports: BackupPorts,
	{ folder, keep }: { folder: string; keep: number }
): Promise<void> {
	const due = await ports.database.query(
		`select 1 from installation where backed_up_at is null or backed_up_at < now() - ${DAY}`
	);
	if (due.length === 0) return;
	await makeBackup(ports, folder, { keep }).catch((error: unknown) => {
		// another process makes it
		if (!(error instanceof AuraError && error.code === 'conflict')) throw error;
	});
}
