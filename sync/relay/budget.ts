/** What one person may make the relay work: a day offline comes in a few seconds, a flood goes on. */
export const work = {
	/** ms of work at once */
	burst: 6_000,
	/** share of the time, afterwards */
	share: 0.25,
	/** people remembered before those are forgotten who have all of it again */
	people: 1_000
};

/** Working time that one person has left, over all connections: a new connection is no new budget. */
export class Budget {
	#credit = work.burst;

	constructor(private countedAt: number) {}

	/** @param now ms @returns what is left now, ms */
	left(now: number): number {
		this.#credit = Math.min(work.burst, this.#credit + (now - this.countedAt) * work.share);
		this.countedAt = now;
		return this.#credit;
	}

	/** @returns false: there was not enough */
	spend(ms: number, now: number): boolean {
		const left = this.left(now) - ms;
		this.#credit = Math.max(0, left);
		return left >= 0;
	}
}

/** The budgets of those who have worked lately. */
export class Budgets {
	#of = new Map<string, Budget>();

	of(person: string, now: number): Budget {
		let budget = this.#of.get(person);
		if (!budget) {
			if (this.#of.size >= work.people)
				for (const [other, unused] of this.#of)
					if (unused.left(now) >= work.burst) this.#of.delete(other);
			budget = new Budget(now);
			this.#of.set(person, budget);
		}
		return budget;
	}
}
