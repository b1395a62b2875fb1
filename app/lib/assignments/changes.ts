import { type Assignment, type AssignmentChanges, assignmentKey } from '#shared/assignments.ts';

/**
 * What to ask the server for, so that what is not shown and what others change meanwhile stays as it is.
 * @param shown assignments that could be ticked
 * @param before those that there were
 * @param chosen keys of those that are ticked now
 */
export function changesBetween(
	shown: Assignment[],
	before: Assignment[],
	chosen: ReadonlySet<string>
): AssignmentChanges {
	const had = new Set(before.map(assignmentKey));
	const isNew = (each: Assignment) =>
		chosen.has(assignmentKey(each)) && !had.has(assignmentKey(each));
	const isGone = (each: Assignment) =>
		!chosen.has(assignmentKey(each)) && had.has(assignmentKey(each));
	return { assign: shown.filter(isNew), unassign: shown.filter(isGone) };
}
