import { z } from 'zod';

/** Identifier of anything that is made once: a random UUID (RFC 9562, version 4), lower case. */
export const idSchema = z
	.string()
	.regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'not an id');

/** Lower-case hexadecimal SHA-256 of some bytes. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256');

/**
 * A photo's id inside an event is the first 128 bits of its content's SHA-256, so that two devices
 * which import the same file without knowing of each other make the same photo.
 */
export const photoIdSchema = z.string().regex(/^[0-9a-f]{32}$/, 'not a photo id');
