import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import PDFDocument from 'pdfkit';
import { encode } from 'uqr';

export interface Poster {
	studio: string;
	event: string;
	/** 2026-01-19 */
	date: string | null;
	url: string;
}

const require = createRequire(import.meta.url);
const font = (path: string) => readFileSync(require.resolve(`@fontsource/${path}`));

const MILLIMETRE = 72 / 25.4;
const PAGE = { width: 210 * MILLIMETRE, height: 297 * MILLIMETRE, margin: 18 * MILLIMETRE };
const INK = '#14120F';
const SOFT = '#5D574E';

const isEthiopic = (text: string) => /\p{Script=Ethiopic}/u.test(text);

/** Splits text so that each run has a font which covers it. */
export function runsOf(text: string): { text: string; ethiopic: boolean }[] {
	const runs: { text: string; ethiopic: boolean }[] = [];
	for (const char of text) {
		const last = runs[runs.length - 1];
		const ethiopic = isEthiopic(char) || (last !== undefined && last.ethiopic && char === ' ');
		if (last?.ethiopic === ethiopic) last.text += char;
		else runs.push({ text: char, ethiopic });
	}
	return runs;
}

/** Draws the QR code as squares, so that it prints sharp at any size. */
function drawCode(pdf: PDFKit.PDFDocument, url: string, x: number, y: number, side: number): void {
	const { data, size } = encode(url, { ecc: 'M', border: 0 });
	const cell = side / size;
	for (const [row, cells] of data.entries())
		for (const [column, dark] of cells.entries())
			if (dark) pdf.rect(x + column * cell, y + row * cell, cell + 0.02, cell + 0.02);
	pdf.fill(INK);
}

/** @returns an A4 page (PDF) that invites guests to scan the code. */
export function drawPoster({ studio, event, date, url }: Poster): Promise<Uint8Array<ArrayBuffer>> {
	const pdf = new PDFDocument({
		size: [PAGE.width, PAGE.height],
		margin: 0,
		info: { Title: event, Author: studio }
	});
	pdf.registerFont('bold', font('archivo/files/archivo-latin-800-normal.woff'));
	pdf.registerFont('text', font('inter/files/inter-latin-400-normal.woff'));
	pdf.registerFont(
		'ethiopic',
		font('noto-sans-ethiopic/files/noto-sans-ethiopic-ethiopic-700-normal.woff')
	);
	const width = PAGE.width - 2 * PAGE.margin;

	const widthOf = (text: string, face: string, size: number) =>
		runsOf(text).reduce(
			(sum, run) =>
				sum +
				pdf
					.font(run.ethiopic ? 'ethiopic' : face)
					.fontSize(size)
					.widthOfString(run.text),
			0
		);
	const line = (text: string, face: string, size: number, y: number, colour: string) => {
		let x = PAGE.margin;
		for (const run of runsOf(text)) {
			pdf
				.font(run.ethiopic ? 'ethiopic' : face)
				.fontSize(size)
				.fillColor(colour);
			pdf.text(run.text, x, y, { lineBreak: false });
			x += pdf.widthOfString(run.text);
		}
	};
	const wrap = (text: string, face: string, size: number): string[] => {
		const lines: string[] = [];
		for (const word of text.split(/\s+/)) {
			const last = lines[lines.length - 1];
			if (last !== undefined && widthOf(`${last} ${word}`, face, size) <= width)
				lines[lines.length - 1] = `${last} ${word}`;
			else lines.push(word);
		}
		return lines;
	};
	/** The largest size at which a title fits in three lines and no word is cut. */
	const fit = (text: string): { size: number; lines: string[] } => {
		for (const size of [64, 54, 46, 38, 32, 26, 20]) {
			const lines = wrap(text, 'bold', size);
			if (lines.length <= 3 && lines.every((each) => widthOf(each, 'bold', size) <= width))
				return { size, lines };
		}
		const size = 16;
		return { size, lines: wrap(text, 'bold', size).slice(0, 4) };
	};

	line(studio, 'text', 14, PAGE.margin, SOFT);
	if (date) {
		const shown = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(
			new Date(date)
		);
		pdf.font('text').fontSize(14).fillColor(SOFT);
		pdf.text(shown, PAGE.margin, PAGE.margin, { width, align: 'right', lineBreak: false });
	}
	pdf
		.moveTo(PAGE.margin, PAGE.margin + 28)
		.lineTo(PAGE.width - PAGE.margin, PAGE.margin + 28)
		.lineWidth(1)
		.stroke(INK);
	const title = fit(event);
	let y = PAGE.margin + 48;
	for (const each of title.lines) {
		line(each, 'bold', title.size, y, INK);
		y += title.size * 1.08;
	}
	const side = 118 * MILLIMETRE;
	const top = Math.max(y + 36, (PAGE.height - side) / 2 - 10);
	drawCode(pdf, url, (PAGE.width - side) / 2, top, side);
	const below = top + side + 36;
	line('Find your photos', 'bold', 34, below, INK);
	line(
		'Scan the code, take a selfie, get every photo with you on it.',
		'text',
		14,
		below + 46,
		INK
	);
	line('Your selfie stays on your phone. No account, no app.', 'text', 14, below + 67, SOFT);
	line(url.replace(/^https?:\/\//, ''), 'text', 10, PAGE.height - PAGE.margin - 10, SOFT);

	return new Promise((resolve, reject) => {
		const parts: Uint8Array[] = [];
		pdf.on('data', (part: Uint8Array) => parts.push(part));
		pdf.on('end', () => resolve(new Uint8Array(Buffer.concat(parts))));
		pdf.on('error', reject);
		pdf.end();
	});
}
