import * as encoding from 'lib0/encoding';

/** Bytes up to which its buffer is kept. */
const MAX_KEPT = 64 * 1024;
let kept: encoding.Encoder | null = encoding.createEncoder();

/**
 * What `write` writes, as bytes of their own. One encoder is used over and over: to make one costs more than most messages do.
 * @throws what `write` throws
 */
export function encoded(write: (e: encoding.Encoder) => void): Uint8Array {
	// taken while it is in use
	const e = kept ?? encoding.createEncoder();
	kept = null;
	e.cpos = 0;
	e.bufs = [];
	write(e);
	const bytes = encoding.toUint8Array(e);
	kept = e.cbuf.length <= MAX_KEPT ? e : encoding.createEncoder();
	return bytes;
}
