/**
 * The id of the photo with this content inside an event: the first 128 bits of its SHA-256.
 * @param sha256 64 hexadecimal digits
 */
export const photoIdOf = (sha256: string): string => sha256.slice(0, 32);
