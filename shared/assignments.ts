import { z } from 'zod';
import { idSchema } from './ids.ts';

/** Somebody, or a team, works on a project and on everything that lies under it. */
export const assignmentSchema = z.union([
	z.strictObject({ project: idSchema, user: idSchema }),
	z.strictObject({ project: idSchema, team: idSchema })
]);
export type Assignment = z.infer<typeof assignmentSchema>;

/** What is added and taken away; what is so already stays so. */
export const assignmentChangesSchema = z.strictObject({
	assign: z.array(assignmentSchema).max(500).default([]),
	unassign: z.array(assignmentSchema).max(500).default([])
});
export type AssignmentChanges = z.output<typeof assignmentChangesSchema>;

/** Says which assignment it is: equal ones have equal keys. */
export const assignmentKey = (assignment: Assignment): string =>
	'user' in assignment
		? `${assignment.project} user ${assignment.user}`
		: `${assignment.project} team ${assignment.team}`;
