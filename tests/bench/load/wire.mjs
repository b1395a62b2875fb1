// The least of WebSocket (RFC 6455) that a load generator needs: its own cost must not be what is measured.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

/**
 * @param {{port: number, path: string, headers: Record<string, string>, onFrame: (payload: Uint8Array) => void, onClose: (reason: string) => void}} asked
 * @returns {Promise<{send: (payload: Uint8Array) => void, end: () => void}>}
 */
export function openSocket({ port, path, headers, onFrame, onClose }) {
	return new Promise((resolve, reject) => {
		const socket = connect(port, '127.0.0.1');
		socket.setNoDelay(true);
		/** @type {Buffer} */
		let rest = Buffer.alloc(0);
		let isOpen = false;
		const lines = Object.entries({
			Host: `127.0.0.1:${port}`,
			Upgrade: 'websocket',
			Connection: 'Upgrade',
			'Sec-WebSocket-Version': '13',
			'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
			...headers
		}).map(([name, value]) => `${name}: ${value}\r\n`);
		socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
		socket.on('error', reject);
		socket.on('close', () => onClose('closed'));
		socket.on('data', (chunk) => {
			rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
			if (!isOpen) {
				const end = rest.indexOf('\r\n\r\n');
				if (end < 0) return;
				const status = rest.subarray(0, rest.indexOf('\r\n')).toString();
				if (!status.includes(' 101 ')) return reject(new Error(status));
				isOpen = true;
				rest = rest.subarray(end + 4);
				resolve({ send, end: () => socket.destroy() });
			}
			let at = 0;
			while (rest.length - at >= 2) {
				let length = (rest[at + 1] ?? 0) & 127;
				let start = at + 2;
				if (length === 126) {
					if (rest.length - at < 4) break;
					length = rest.readUInt16BE(at + 2);
					start = at + 4;
				} else if (length === 127) {
					if (rest.length - at < 10) break;
					length = Number(rest.readBigUInt64BE(at + 2));
					start = at + 10;
				}
				if (rest.length < start + length) break;
				const kind = (rest[at] ?? 0) & 15;
				if (kind === 8) onClose(rest.subarray(start, start + length).toString('latin1'));
				else if (kind === 2) onFrame(rest.subarray(start, start + length));
				// whoever does not answer is taken for gone
				else if (kind === 9) write(10, rest.subarray(start, start + length));
				at = start + length;
			}
			rest = rest.subarray(at);
		});
		const send = (/** @type {Uint8Array} */ payload) => write(2, payload);
		/** @param {number} kind @param {Uint8Array} payload masked with zeros */
		function write(kind, payload) {
			const [length, bytes] =
				payload.length < 126 ? [payload.length, 0] : payload.length < 65_536 ? [126, 2] : [127, 8];
			const head = Buffer.alloc(2 + bytes + 4);
			head[0] = 0x80 | kind;
			head[1] = 0x80 | length;
			if (bytes === 2) head.writeUInt16BE(payload.length, 2);
			if (bytes === 8) head.writeBigUInt64BE(BigInt(payload.length), 2);
			socket.cork();
			socket.write(head);
			socket.write(payload);
			socket.uncork();
		}
	});
}
