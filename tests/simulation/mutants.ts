/** Planted faults, to know that the simulation would find real ones. */
export const mutants = {
	ackBeforeSync: 'a database that says stored before its disk has it',
	deviceForgets: 'a device that calls kept what its disk lacks',
	ackEachMessage: 'a relay that says saved for each message as it comes',
	forgedClientId: 'a relay that takes edits under the client id of somebody else',
	refusalsUntold: 'a relay that drops what it refuses without a word',
	refusalsOnce: 'a relay that tells a refusal once, and not again after a cut',
	deafNodes: 'processes that do not hear of each other',
	skippedEntry: 'a process that misses the first entry of another one',
	noCatchUp: 'a commit that does not take up what others stored',
	noLock: 'two processes that store into one document at a time',
	foldForgets: 'a device that loses edits when it folds its updates',
	oldEpoch: 'a restored database that does not say so',
	receiptsLost: 'a relay that does not know its own receipts after a restore',
	roleIgnored: 'a relay that asks nobody for rights',
	savedByDefault: 'a device that takes what it loads for saved'
} as const;

export type Mutant = keyof typeof mutants;
