/** Held by the tab that copies a batch: without it, what is still 'chosen' was cut off. */
export const copyLock = (batch: string): string => `aura-copy-${batch}`;

/** Imports of this batch come from cameras one by one: the import panel leaves them to the station. */
export const TETHERED = 'tethered';
