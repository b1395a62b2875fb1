import type { ImportRow } from '../device/database.ts';

/** Why a file was not taken, and what is safe, for people. */
export function reasonText(reason: ImportRow['reason']): string {
	switch (reason) {
		case 'empty':
			return 'The file is empty. It may not have been copied whole from the card.';
		case 'too_large':
			return 'Larger than 4 GB.';
		case 'not_a_photo':
			return 'Not a photo or film: its content is no JPEG, PNG, WebP, HEIC, AVIF, RAW, MP4, MOV or other film.';
		case 'too_many_pixels':
			return 'It claims more pixels than any camera makes, so it was not opened.';
		case 'unreadable':
			return 'It could not be read. It may have been moved or its card removed.';
		case 'unverified':
			return 'What this device gave back was not what it was given, twice. Its storage may be failing.';
		case 'bad_sidecar':
			return 'This XMP sidecar could not be read; its photo was taken in without it.';
		case 'lonely_sidecar':
			return 'No photo of this name was chosen with this XMP sidecar.';
		case 'failed':
			return 'It could not be developed. The file itself is kept on this device.';
		case null:
			return '';
	}
}
