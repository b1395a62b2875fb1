// Whether somebody is in front of the camera, and not a picture of them: they turn their head when they are asked to. On a flat
// picture the nose stays between the eyes however it is held; on a head it moves towards one of them.
import type { Detection } from '#shared/faces/blazeface.ts';
import { overlapOf } from '#shared/faces/geometry.ts';
import { yawOf } from '#shared/faces/quality.ts';
import { type Guidance, guidanceOf } from './guidance.ts';

/** How far the head has to be turned: the nose half of the way from the middle to an eye. */
const TURNED = 0.5;
/** What is straight: far enough from turned that no picture is both. */
const STRAIGHT = 0.3;
/** Overlap of one look with the next, up to which it is the same face. */
const SAME = 0.2;
/** So long a look may be missed, and so long somebody has for each step, ms. */
const MISSED_MS = 1_500;
const STEP_MS = 8_000;

type Step = 'straight' | 'left' | 'right' | 'back' | 'done';

export class Liveness {
	#step: Step = 'straight';
	#since = 0;
	#last: { box: Detection['box']; at: number } | null = null;

	/** @param random of [0, 1): which way is asked for, which nobody knows before */
	constructor(private readonly random: () => number) {}

	/**
	 * One look at the camera's picture.
	 * @param width of the picture, pixels, as the detections are
	 * @param now ms
	 * @returns what the guest should do; 'good' once they have done all of it, for as long as they stay
	 */
	see(detections: readonly Detection[], width: number, height: number, now: number): Guidance {
		const faces = [...detections].sort((a, b) => b.box.width - a.box.width);
		const plain = guidanceOf(faces, width, height);
		const face = faces[0];
		if (!face || plain === 'several') {
			const isGone = !this.#last || now - this.#last.at > MISSED_MS;
			if (isGone || plain === 'several') this.#begin(now);
			return plain;
		}
		const isSame = this.#last && overlapOf(this.#last.box, face.box) >= SAME;
		if (this.#last && !isSame) this.#begin(now);
		this.#last = { box: face.box, at: now };
		if (this.#step !== 'straight' && this.#step !== 'done' && now - this.#since > STEP_MS)
			this.#begin(now);
		const yaw = yawOf(face.landmarks);
		const isStraight = plain === 'good' && Math.abs(yaw) <= STRAIGHT;
		const step = this.#step;
		switch (step) {
			case 'straight':
				if (!isStraight) return plain === 'good' ? 'straight' : plain;
				return this.#go(this.random() < 0.5 ? 'left' : 'right', now);
			case 'left':
			case 'right': {
				const isTurned = step === 'left' ? yaw >= TURNED : yaw <= -TURNED;
				return isTurned ? this.#go('back', now) : step;
			}
			case 'back':
				return isStraight ? this.#go('done', now) : step;
			case 'done':
				return plain;
		}
	}

	#go(step: Step, now: number): Guidance {
		this.#step = step;
		this.#since = now;
		return step === 'done' ? 'good' : step;
	}
	#begin(now: number): void {
		this.#go('straight', now);
		this.#last = null;
	}
}
