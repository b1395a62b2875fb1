import { PtpError } from './error.ts';

/** Reads a dataset, little-endian. Never reads behind its end, whatever the lengths inside it say. */
export class PtpReader {
	#at = 0;
	readonly #view: DataView;

	constructor(private readonly bytes: Uint8Array) {
		this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	/** bytes that are left */
	get left(): number {
		return this.bytes.length - this.#at;
	}

	#take(length: number): number {
		if (length > this.left)
			throw new PtpError(
				'truncated',
				`The camera's answer ends early: ${length} bytes wanted, ${this.left} left.`
			);
		const at = this.#at;
		this.#at += length;
		return at;
	}

	/** the next 16 bits, which are read again; two bytes are left */
	peek16(): number {
		return this.#view.getUint16(this.#at, true);
	}
	skip(length: number): void {
		this.#take(length);
	}

	uint8 = (): number => this.#view.getUint8(this.#take(1));
	int8 = (): number => this.#view.getInt8(this.#take(1));
	uint16 = (): number => this.#view.getUint16(this.#take(2), true);
	int16 = (): number => this.#view.getInt16(this.#take(2), true);
	uint32 = (): number => this.#view.getUint32(this.#take(4), true);
	int32 = (): number => this.#view.getInt32(this.#take(4), true);
	/** 64 bits as a number, exact up to 2^53 */
	uint64 = (): number => Number(this.#view.getBigUint64(this.#take(8), true));

	/** An array of `size` bytes each; its length is checked before anything is made. */
	array<T>(size: number, read: () => T): T[] {
		const length = this.uint32();
		if (length * size > this.left)
			throw new PtpError('truncated', `A list of ${length} does not fit the camera's answer.`);
		return Array.from({ length }, read);
	}

	/** Counted UTF-16 with its NUL, as of PTP 5.3.4.2.4; what follows a NUL, and lone surrogates, are left out. */
	string(): string {
		const length = this.uint8();
		let text = '';
		let isOver = false;
		for (let i = 0; i < length; i++) {
			const unit = this.uint16();
			isOver ||= unit === 0;
			if (!isOver) text += String.fromCharCode(unit);
		}
		return text.toWellFormed();
	}
}

/** Writes a dataset, little-endian. */
export class PtpWriter {
	#bytes: number[] = [];

	#int(value: number, size: number): this {
		let rest = value;
		for (let i = 0; i < size; i++) {
			this.#bytes.push(((rest % 256) + 256) % 256);
			rest = Math.floor(rest / 256);
		}
		return this;
	}

	uint8 = (value: number) => this.#int(value, 1);
	uint16 = (value: number) => this.#int(value, 2);
	uint32 = (value: number) => this.#int(value, 4);
	uint64 = (value: number) => this.#int(value, 8);

	raw(bytes: Iterable<number>): this {
		this.#bytes.push(...bytes);
		return this;
	}

	array(values: readonly number[], size: number): this {
		this.uint32(values.length);
		for (const value of values) this.#int(value, size);
		return this;
	}

	/** At most 254 characters, as the protocol allows. */
	string(text: string): this {
		const cut = text.slice(0, 254);
		if (cut === '') return this.uint8(0);
		this.uint8(cut.length + 1);
		for (let i = 0; i < cut.length; i++) this.uint16(cut.charCodeAt(i));
		return this.uint16(0);
	}

	done(): Uint8Array<ArrayBuffer> {
		return Uint8Array.from(this.#bytes);
	}
}
