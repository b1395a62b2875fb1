/** A photo's place in a grid of justified rows, CSS pixels. */
export interface Cell {
	index: number;
	x: number;
	width: number;
}

export interface Row {
	y: number;
	height: number;
	cells: Cell[];
}

export interface Layout {
	rows: Row[];
	height: number;
}

/** Panoramas and towers would otherwise take a row for themselves or vanish. */
const ASPECT = { min: 0.5, max: 3, unknown: 1.5 };

/**
 * Fills rows of about the same height, each exactly as wide as the page.
 * @param aspects width over height of each photo; 0 or NaN where unknown
 * @param width of the grid, CSS pixels
 * @param target height of a row, CSS pixels
 * @param gap between photos, CSS pixels
 */
export function justify(aspects: number[], width: number, target: number, gap: number): Layout {
	const rows: Row[] = [];
	let y = 0;
	let from = 0;
	let sum = 0;
	const close = (to: number, height: number) => {
		let x = 0;
		const cells: Cell[] = [];
		for (let index = from; index < to; index++) {
			const cell = { index, x, width: clamp(aspects[index]!) * height };
			cells.push(cell);
			x += cell.width + gap;
		}
		rows.push({ y, height, cells });
		y += height + gap;
		from = to;
		sum = 0;
	};
	for (let i = 0; i < aspects.length; i++) {
		sum += clamp(aspects[i]!);
		const free = width - gap * (i - from);
		if (free / sum <= target) close(i + 1, free / sum);
	}
	if (from < aspects.length) close(aspects.length, target);
	return { rows, height: Math.max(0, y - gap) };
}

const clamp = (aspect: number): number =>
	aspect > 0 && Number.isFinite(aspect)
		? Math.min(ASPECT.max, Math.max(ASPECT.min, aspect))
		: ASPECT.unknown;

/** Rows that touch [top, bottom]: first and one past the last index. */
export function visibleRows(rows: Row[], top: number, bottom: number): [number, number] {
	let low = 0;
	let high = rows.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (rows[middle]!.y + rows[middle]!.height < top) low = middle + 1;
		else high = middle;
	}
	let end = low;
	while (end < rows.length && rows[end]!.y <= bottom) end++;
	return [low, end];
}
