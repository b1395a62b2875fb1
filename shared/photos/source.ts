/**
 * How a photo came: uploaded by a person; kept alike with a folder of a computer; or straight from an event into storage
 * for the time being, where it stays only when somebody approves it. Where nothing is said it is the first.
 */
export const sources = ['cloud', 'local_sync', 'event_temp'] as const;
export type Source = (typeof sources)[number];
