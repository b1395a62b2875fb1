import { createHash, randomBytes } from 'node:crypto';

/** A secret for a link: 32 random bytes. The database keeps its hash alone, so that whoever reads it opens nothing. */
export function makeToken(): { token: string; hash: string } {
	const token = randomBytes(32).toString('base64url');
	return { token, hash: tokenHash(token) };
}

/** What a link's token is found by. Comparing hashes of random bytes tells nothing by its timing. */
export const tokenHash = (token: string): string =>
	createHash('sha256').update(token).digest('hex');
