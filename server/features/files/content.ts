import { AuraError } from '#shared/errors.ts';
import { type FileKind, maxBytesOfKind, renditions } from '#shared/files/kinds.ts';
import { readDimensions } from '#shared/photos/dimensions.ts';
import { extensionOf, sniffPhotoType } from '#shared/photos/format.ts';
import { MAX_FILE_BYTES, MAX_PIXELS } from '#shared/photos/limits.ts';

export const maxBytes = (kind: FileKind): number =>
	kind === 'original' ? MAX_FILE_BYTES : maxBytesOfKind[kind];

/**
 * Checks by its first bytes that a file is what its kind says.
 * @returns the file name extension that it is stored under
 * @throws AuraError unsupported_type or too_large
 */
export function checkContent(kind: FileKind, head: Uint8Array): string {
	if (kind === 'faces') return 'afs';
	const type = sniffPhotoType(head);
	if (!type || (kind !== 'original' && type !== 'image/webp'))
		throw new AuraError(
			'unsupported_type',
			'The content is not a photo of a kind that is kept here.'
		);
	const size = readDimensions(head, type);
	const mostPixels = kind === 'original' ? MAX_PIXELS : renditions[kind].side ** 2;
	if (size && size.width * size.height > mostPixels)
		throw new AuraError('too_large', `The image claims ${size.width} x ${size.height} pixels.`);
	return extensionOf[type];
}
