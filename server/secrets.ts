// Secrets at rest: AES-256-GCM with the installation's key.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.ts';

/** A key of this installation, made at the first start. */
export function readKey(dataDir: string, name: string): Uint8Array {
	const file = join(dataDir, name);
	mkdirSync(dataDir, { recursive: true });
	if (!existsSync(file)) writeFileSync(file, randomBytes(32), { mode: 0o600 });
	return readFileSync(file);
}

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
