import type { Trash } from '#shared/trash/trash.ts';

export type TrashedPhoto = Trash['photos'][number];

export const keyOf = ({ event, photo }: TrashedPhoto): string => `${event}/${photo}`;

export const countOf = (count: number, thing: string): string =>
	`${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`;
