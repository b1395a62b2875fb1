// The one place that reads codes: bib numbers, wristbands, tickets. By the browser where it can, else by ZXing, loaded when
// it is first needed and kept from then on.
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url';

/** What prints on bibs and badges: two-dimensional codes and the bars of shops and warehouses. */
const formats = [
	...(['qr_code', 'data_matrix', 'aztec', 'pdf417'] as const),
	...(['code_128', 'code_39', 'codabar', 'itf', 'ean_13', 'ean_8', 'upc_a'] as const)
];

interface Found {
	rawValue: string;
}
interface Detector {
	detect(image: ImageBitmapSource): Promise<Found[]>;
}
interface DetectorClass {
	new (options: { formats: string[] }): Detector;
	getSupportedFormats(): Promise<string[]>;
}

/** Looks for a code in a picture. @returns what it says; null: there is none */
export type ReadCode = (image: ImageBitmapSource) => Promise<string | null>;

/** Longest that is taken: what a mark may say (`photoMarkSchemas.subject`). */
const MAX_LENGTH = 120;

/** One line of what a code says; '': nothing that can be read. */
export const codeText = (raw: string): string =>
	raw
		.toWellFormed()
		.replace(/[\p{Cc}\s]+/gu, ' ')
		.trim()
		.slice(0, MAX_LENGTH)
		.toWellFormed()
		.trim();

async function byBrowser(): Promise<Detector | null> {
	const { BarcodeDetector: Own } = globalThis as { BarcodeDetector?: DetectorClass };
	try {
		const known = (await Own?.getSupportedFormats()) ?? [];
		// some systems have the interface and nothing behind it
		if (!Own || !known.includes('qr_code') || !known.includes('code_128')) return null;
		return new Own({ formats: formats.filter((format) => known.includes(format)) });
	} catch {
		return null;
	}
}

async function byZxing(): Promise<Detector> {
	const { BarcodeDetector, prepareZXingModule } = await import('barcode-detector/ponyfill');
	await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
	return new BarcodeDetector({ formats: [...formats] });
}

/** @throws Error when the reader has to be loaded and there is no network */
export async function openCodeReader(): Promise<ReadCode> {
	const detector = (await byBrowser()) ?? (await byZxing());
	return async (image) => {
		for (const { rawValue } of await detector.detect(image)) {
			const text = codeText(rawValue);
			if (text) return text;
		}
		return null;
	};
}
