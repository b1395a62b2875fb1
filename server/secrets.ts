// Secrets at rest: AES-256-GCM with the installation's key.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.ts';

/** What a file of this installation says; made at the first start, once, by whichever process is first. */
export function readOrMake(dataDir: string, name: string, make: () => Uint8Array | string): Buffer {
	const file = join(dataDir, name);
	if (!existsSync(file)) {
		mkdirSync(dataDir, { recursive: true });
		// whole or not at all: another process may read at this moment
		const made = `${file}.${process.pid}`;
		writeFileSync(made, make(), { mode: 0o600 });
		try {
			linkSync(made, file);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
		} finally {
			rmSync(made);
		}
	}
	return readFileSync(file);
}

/** A key of this installation. */
export const readKey = (dataDir: string, name: string): Uint8Array =>
	readOrMake(dataDir, name, () => randomBytes(32));

/** The key from which others are made. */
export const secretKeyOf = ({ secretKey, dataDir }: Config): Uint8Array =>
	secretKey ?? readKey(dataDir, 'secret-key');

export interface SecretBox {
	/** @param purpose what it is for and whose it is; only the same words open it */
	seal(secret: Uint8Array, purpose: string): Uint8Array;
	/** @throws Error when it was not sealed with this key for this purpose, or was changed */
	open(sealed: Uint8Array, purpose: string): Uint8Array;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** @param key 32 bytes */
export function createSecretBox(key: Uint8Array): SecretBox {
	if (key.length !== 32) throw new Error('The key of secrets has 32 bytes.');
	return {
		seal(secret, purpose) {
			const iv = randomBytes(IV_BYTES);
			const cipher = createCipheriv('aes-256-gcm', key, iv);
			cipher.setAAD(Buffer.from(purpose));
			return Buffer.concat([iv, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
		},
		open(sealed, purpose) {
			const end = sealed.length - TAG_BYTES;
			if (end < IV_BYTES) throw new Error('This is no sealed secret.');
			const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES));
			decipher.setAAD(Buffer.from(purpose));
			decipher.setAuthTag(sealed.subarray(end));
			return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, end)), decipher.final()]);
		}
	};
}
