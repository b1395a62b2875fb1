import { join } from 'node:path';
import type { Config } from '../config.ts';
import { diskStorage } from './disk.ts';
import type { Storage } from './storage.ts';

/** The storage that the configuration names. @throws Error that says what to do when it cannot be used */
export async function openStorage({
	dataDir,
	s3
}: Pick<Config, 'dataDir' | 's3'>): Promise<Storage> {
	if (!s3) return diskStorage(join(dataDir, 'storage'));
	// loaded only where it is used: it is large
	const { s3Storage } = await import('./s3.ts');
	const storage = s3Storage(s3);
	await storage.prepare();
	return storage;
}
