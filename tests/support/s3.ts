import { randomUUID } from 'node:crypto';
import { readConfig } from '../../server/config.ts';
import { openStorage } from '../../server/storage/open.ts';
import type { S3Config } from '../../server/storage/s3.ts';
import type { Storage } from '../../server/storage/storage.ts';

/** A bucket of its own in the storage that TEST_S3_URL names; undefined: there is none, and files go to a folder. */
export function testS3(): S3Config | undefined {
	const endpoint = process.env['TEST_S3_URL'];
	if (!endpoint) return undefined;
	return {
		endpoint,
		publicEndpoint: endpoint,
		region: 'us-east-1',
		bucket: `aura-${randomUUID()}`,
		accessKeyId: 'test',
		secretAccessKey: 'test'
	};
}

/** Where a server process keeps its files. */
export function storageOf({
	dataDir,
	env
}: {
	dataDir: string;
	env: NodeJS.ProcessEnv;
}): Promise<Storage> {
	const { s3 } = readConfig(env, dataDir, 'test');
	return openStorage({ dataDir, s3 });
}

/** The same, for a process of its own. */
export function s3Environment(): Record<string, string> {
	const s3 = testS3();
	return s3
		? {
				S3_ENDPOINT: s3.endpoint,
				S3_BUCKET: s3.bucket,
				S3_ACCESS_KEY_ID: s3.accessKeyId,
				S3_SECRET_ACCESS_KEY: s3.secretAccessKey
			}
		: {};
}
