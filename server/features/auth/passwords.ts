import { hash, verify } from '@node-rs/argon2';

// OWASP's recommendation for Argon2id: 19 MiB, two passes, one lane.
const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** @returns the Argon2id hash of a password, in PHC format. */
export const hashPassword = (password: string): Promise<string> => hash(password, options);

let decoy: Promise<string> | undefined;

/**
 * Compares in the same time whether the person exists or not.
 * @param stored null when there is no such person
 */
export async function verifyPassword(stored: string | null, password: string): Promise<boolean> {
	decoy ??= hashPassword('nobody has this password');
	const matches = await verify(stored ?? (await decoy), password);
	return stored !== null && matches;
}
