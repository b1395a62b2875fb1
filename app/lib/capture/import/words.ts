/** Why a second copy could not be written, by the name of the error. */
export function secondReason(name: string): string {
	switch (name) {
		case 'QuotaExceededError':
			return 'The drive of the second folder is full.';
		case 'NotAllowedError':
			return 'The browser does not let this page write into the second folder any more.';
		case 'NotFoundError':
			return 'The second folder is gone. Its drive may have been taken out.';
		case 'NotReadableError':
			return 'Some files are not on this device any more. Choose the card again.';
		case 'DataError':
			return 'The second folder gave back other bytes than it was given. Its drive may be failing.';
		default:
			return 'Something went wrong while the second copy was written.';
	}
}
