/**
 * What can go wrong with a camera:
 * 'gone' unplugged, switched off or taken by another program; 'timeout' it does not answer; 'stall' it refused a transfer;
 * 'garbage' it answers what the protocol does not know; 'truncated' a dataset ends early; 'refused' a response code other than OK;
 * 'too_large' more than the caller takes.
 */
export type PtpErrorCode =
	'gone' | 'timeout' | 'stall' | 'garbage' | 'truncated' | 'refused' | 'too_large';

export class PtpError extends Error {
	override name = 'PtpError';
	constructor(
		readonly code: PtpErrorCode,
		message: string,
		/** response code of a refusal */
		readonly response: number | null = null
	) {
		super(message);
	}
}

/** 0x2019 */
export const hex = (code: number): string => `0x${code.toString(16).padStart(4, '0')}`;
