import { describe, expect, it } from 'vitest';
import type { Detection } from '#shared/faces/blazeface.ts';
import { Liveness } from './liveness.ts';

/** @param yaw 0: straight; 1: the nose at the person's left eye @param x where the face is */
const face = (yaw = 0, x = 120): Detection => ({
	box: { x, y: 80, width: 160, height: 200 },
	landmarks: [x + 40, 150, x + 120, 150, x + 80 + 40 * yaw, 190, x + 80, 230, x, 160, x + 160, 160],
	score: 0.9
});
/** Looks every quarter of a second. */
function watch(random = () => 0) {
	const live = new Liveness(random);
	let now = 0;
	return (...faces: Detection[]) => live.see(faces, 400, 400, (now += 250));
}

describe('somebody in front of the camera', () => {
	it('looks straight, turns to the side that is asked for, and looks straight again', () => {
		const see = watch();
		expect(see(face())).toBe('left');
		expect(see(face(0.3))).toBe('left');
		expect(see(face(0.6))).toBe('back');
		expect(see(face(0.9))).toBe('back');
		expect(see(face(0.1))).toBe('good');
		expect(see(face())).toBe('good');
	});
	it('is asked for either side by chance', () => {
		const see = watch(() => 0.9);
		expect(see(face())).toBe('right');
		expect(see(face(0.6))).toBe('right');
		expect(see(face(-0.6))).toBe('back');
	});
	it('may be missed for a moment, and is told how to stand first', () => {
		const see = watch();
		expect(see()).toBe('nobody');
		expect(see(face(0, 10))).toBe('centre');
		see(face());
		expect(see()).toBe('nobody');
		expect(see(face(0.6))).toBe('back');
	});
});

describe('a picture in front of the camera', () => {
	it('is asked again and again, however long it is held there', () => {
		for (let yaw = -1; yaw <= 1; yaw += 0.02) {
			const see = watch(yaw < 0 ? () => 0.9 : () => 0);
			for (let look = 0; look < 100; look++) expect(see(face(yaw))).not.toBe('good');
		}
	});
	it('does not pass by being exchanged for one in profile, or with others beside it', () => {
		const see = watch();
		expect(see(face())).toBe('left');
		// another place: another face, which is to begin anew
		expect(see(face(0.6, 290))).not.toBe('back');
		const other = watch();
		expect(other(face())).toBe('left');
		expect(other(face(0.6), face(0, 300))).toBe('several');
		expect(other(face(0.6))).toBe('straight');
	});
	it('does not follow somebody who has passed and left', () => {
		const see = watch();
		for (const yaw of [0, 0.6, 0]) see(face(yaw));
		expect(see(face())).toBe('good');
		for (let look = 0; look < 8; look++) see();
		expect(see(face())).toBe('left');
	});
});
