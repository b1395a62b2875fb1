/** What was done, in a sentence's middle: '<actor> <words> <subject>'. */
const words: Record<string, string> = {
	'invitation.create': 'invited',
	'invitation.resend': 'sent the invitation again to',
	'invitation.revoke': 'took back the invitation to',
	'invitation.accept': 'accepted the invitation to',
	'member.role': 'changed the role of',
	'member.remove': 'removed',
	'member.leave': 'left:',
	'member.transfer_ownership': 'handed the ownership to',
	'workspace.update': 'changed the workspace',
	'workspace.status': 'changed the status of',
	'workspace.suspend': 'suspended',
	'workspace.activate': 'activated',
	'workspace.export': 'made an archive of',
	'workspace.import': 'put in from an archive:',
	'workspace.purge': 'removed for good:',
	'api_key.create': 'made the key',
	'api_key.rotate': 'gave a new secret to the key',
	'api_key.revoke': 'revoked the key',
	'project.trash': 'moved to the trash:',
	'project.restore': 'took out of the trash:',
	'temporary.warn': 'warned of photos that wait for approval:',
	'temporary.trash': 'moved photos that nobody approved to the trash:',
	'guest_access.scanning': 'noticed many searches that found nobody at',
	'faces.expire': 'let go what was known of faces at',
	'face_model.choose': 'chose how faces are told apart:',
	'face_model.threshold': 'set from which distance on faces are two people, with',
	'face.forget': 'had faces forgotten in',
	'face.decline': 'declined to forget a face in',
	'person.forget': 'had forgotten:',
	'trash.restore': 'took out of the trash:',
	'trash.purge': 'removed for good:',
	'team.create': 'made the team',
	'team.update': 'changed the team',
	'team.delete': 'removed the team',
	'assignment.create': 'assigned',
	'assignment.delete': 'ended the assignment of',
	'event.take_back': 'took back changes in',
	'guest_access.publish': 'published to guests:',
	'guest_access.revoke': 'closed to guests:'
};

export const deedWords = (action: string): string => words[action] ?? action;

/** What an entry may be filtered by. */
export const auditKinds = [
	['', 'Everything'],
	['member', 'Members'],
	['invitation', 'Invitations'],
	['workspace', 'Workspace'],
	['api_key', 'API keys'],
	['project', 'Projects'],
	['trash', 'Trash'],
	['temporary', 'Approval'],
	['team', 'Teams'],
	['assignment', 'Assignments'],
	['guest_access', 'Guests']
] as const;

/** 'role: viewer → editor', for what changed between two flat values. */
export function changesOf(before: unknown, after: unknown): string[] {
	const [a, b] = [before, after].map((value) =>
		typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
	) as [Record<string, unknown>, Record<string, unknown>];
	const text = (value: unknown) =>
		value === undefined || value === null
			? ''
			: typeof value === 'object'
				? JSON.stringify(value)
				: String(value as string | number | boolean);
	return [...new Set([...Object.keys(a), ...Object.keys(b)])]
		.filter((key) => text(a[key]) !== text(b[key]))
		.map((key) => {
			const [from, to] = [text(a[key]), text(b[key])];
			return `${key}: ${from && to ? `${from} → ${to}` : from || to}`;
		});
}
