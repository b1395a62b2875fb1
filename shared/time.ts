import { z } from 'zod';

/** The calendar of databases has no year 0, which ISO 8601 allows. */
const hasYear = (text: string): boolean => !text.startsWith('0000');
const YEAR = 'There is no year 0.';

/** A day without a time zone, as the calendar of the place shows it: 2026-01-19. */
export const daySchema = z.iso.date().refine(hasYear, YEAR);

/** A moment in UTC: 2026-01-19T17:03:22.000Z. */
export const instantSchema = z.iso.datetime().refine(hasYear, YEAR);

/** A moment by a clock whose zone nobody knows: 2026-01-19T17:03:22. */
export const localTimeSchema = z.iso.datetime({ local: true }).refine(hasYear, YEAR);
