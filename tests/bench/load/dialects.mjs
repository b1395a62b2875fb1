// What each server wants to hear before the first edit, how an edit is wrapped, and which edits and notices are in a frame.
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';

/**
 * @typedef {object} Dialect
 * @property {(document: string) => string} path
 * @property {(document: string) => Uint8Array[]} hello
 * @property {(document: string, update: Uint8Array) => Uint8Array} edit
 * @property {(frame: Uint8Array, onUpdate: (update: Uint8Array) => void, onSaved: (stateVector: Uint8Array) => void, onState: (update: Uint8Array) => void) => void} read
 */

/** @param {(number | string | Uint8Array)[]} parts */
const write = (...parts) => {
	const e = encoding.createEncoder();
	for (const part of parts) {
		if (typeof part === 'number') encoding.writeVarUint(e, part);
		else if (typeof part === 'string') encoding.writeVarString(e, part);
		else encoding.writeVarUint8Array(e, part);
	}
	return encoding.toUint8Array(e);
};
const nothing = new Uint8Array([0]);

/** @param {decoding.Decoder} d @param {(update: Uint8Array) => void} onUpdate @param {(update: Uint8Array) => void} onState */
function readSync(d, onUpdate, onState) {
	const step = decoding.readVarUint(d);
	const bytes = decoding.readVarUint8Array(d);
	if (step === 2) onUpdate(bytes);
	else if (step === 1) onState(bytes);
}

/** @type {Record<string, Dialect>} */
export const dialects = {
	aura: {
		path: (document) => `/sync/${document}?aura=1&v=2&pieces=1`,
		hello: () => [write(0, 0, nothing)],
		edit: (_, update) => write(0, 2, update),
		read(frame, onUpdate, onSaved, onState) {
			const d = decoding.createDecoder(frame);
			while (decoding.hasContent(d)) {
				const kind = decoding.readVarUint(d);
				if (kind === 0) readSync(d, onUpdate, onState);
				else if (kind === 6) {
					onUpdate(decoding.readVarUint8Array(d));
					decoding.readVarUint8Array(d);
				} else if (kind === 8 || kind === 10) {
					onState(decoding.readVarUint8Array(d));
					decoding.readVarUint8Array(d);
				} else if (kind === 4) onSaved(decoding.readVarUint8Array(d));
				else if (kind !== 9) decoding.readVarUint8Array(d);
			}
		}
	},
	hocuspocus: {
		path: () => '/',
		hello: (document) => [write(document, 2, 0, 'token', '4.8.0'), write(document, 0, 0, nothing)],
		edit: (document, update) => write(document, 0, 2, update),
		read(frame, onUpdate, _, onState) {
			const d = decoding.createDecoder(frame);
			decoding.readVarUint8Array(d);
			const kind = decoding.readVarUint(d);
			if (kind === 0 || kind === 4) readSync(d, onUpdate, onState);
		}
	},
	'y-websocket': {
		path: (document) => `/${document}`,
		hello: () => [write(0, 0, nothing)],
		edit: (_, update) => write(0, 2, update),
		read(frame, onUpdate, _, onState) {
			const d = decoding.createDecoder(frame);
			const kind = decoding.readVarUint(d);
			if (kind === 0 || kind === 4) readSync(d, onUpdate, onState);
		}
	}
};
