import { newWorkspaceSchema } from './auth.ts';

/** What its people may change of a workspace. */
export const workspaceChangesSchema = newWorkspaceSchema.partial();
