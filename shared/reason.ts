import { z } from 'zod';

/** Why somebody did what cannot be undone: people read it later. */
export const reasonSchema = z.string().trim().min(1, 'A reason is needed.').max(500);
