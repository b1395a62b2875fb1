import { expect, it } from 'vitest';
import { cropOf } from './crop.ts';

it('shows a face in the middle, with some room', () => {
	const { width, height, left, top } = cropOf(
		{ x: 0.4, y: 0.4, width: 0.1, height: 0.1 },
		1000,
		1000
	);
	expect(width).toBeCloseTo(1000 / 160);
	expect(height).toBe(width);
	// the middle of the face lies in the middle of the window
	expect(left + 0.45 * width).toBeCloseTo(0.5);
	expect(top + 0.45 * height).toBeCloseTo(0.5);
});
it('shows nothing beside the photo, also of a face at its border or larger than it', () => {
	for (const box of [
		{ x: -0.1, y: 0.9, width: 0.2, height: 0.2 },
		{ x: 0, y: 0, width: 1, height: 1 },
		{ x: 0.95, y: -0.05, width: 0.1, height: 0.3 }
	]) {
		const { width, height, left, top } = cropOf(box, 1500, 1000);
		for (const [start, length] of [
			[left, width],
			[top, height]
		] as const) {
			expect(start).toBeLessThanOrEqual(0);
			expect(start + length).toBeGreaterThanOrEqual(1 - 1e-9);
		}
	}
});
