import { html } from 'hono/html';
import { INVITATION_DAYS } from '#shared/invitations.ts';
import type { Role } from '#shared/permissions.ts';
import type { Letter } from './mailer.ts';

interface Parts {
	to: string;
	from: string;
	subject: string;
	/** said first, large */
	title: string;
	lines: string[];
	button: { label: string; url: string };
	/** small, at the end */
	foot: string;
}

/** One look for all letters: plain type on paper, one button; the same words as text. */
async function letterOf({ title, lines, button, foot, ...head }: Parts): Promise<Letter> {
	const body = await html`<!doctype html>
		<html lang="en">
			<head>
				<meta charset="utf-8" />
				<meta name="color-scheme" content="light dark" />
				<title>${head.subject}</title>
			</head>
			<body
				style="margin:0;background:#faf8f4;color:#14120f;font:16px/1.5 Inter,Helvetica,Arial,sans-serif"
			>
				<div style="max-width:34rem;margin:0 auto;padding:40px 24px">
					<p style="margin:0 0 24px;padding-bottom:16px;border-bottom:1px solid #d9d3c7">
						${head.from}
					</p>
					<h1 style="margin:0 0 16px;font-size:30px;line-height:1.1;letter-spacing:-0.02em">
						${title}
					</h1>
					${lines.map((line) => html`<p style="margin:0 0 16px">${line}</p>`)}
					<p style="margin:32px 0">
						<a
							href="${button.url}"
							style="display:inline-block;padding:14px 24px;background:#14120f;color:#faf8f4;text-decoration:none;border-radius:2px"
							>${button.label}</a
						>
					</p>
					<p style="margin:0 0 24px;font-size:13px;color:#5d574e">${button.url}</p>
					<p style="margin:0;font-size:13px;color:#5d574e">${foot}</p>
				</div>
			</body>
		</html>`;
	return {
		...head,
		html: String(body),
		text: [title, ...lines, `${button.label}: ${button.url}`, foot].join('\n\n')
	};
}

/** What a role may do, in one sentence. */
const roleWords: Record<Role, string> = {
	owner: 'You will own the studio.',
	admin: 'As an admin you run the studio: people, settings, events.',
	editor: 'As an editor you cull, edit and publish.',
	photographer: 'As a photographer you import photos and mark them.',
	viewer: 'As a viewer you see the events and their photos.'
};

export const invitationLetter = (given: {
	to: string;
	studio: string;
	invitedBy: string;
	role: Role;
	url: string;
}): Promise<Letter> =>
	letterOf({
		to: given.to,
		from: given.studio,
		subject: `${given.invitedBy} invites you to ${given.studio}`,
		title: `Join ${given.studio}`,
		lines: [`${given.invitedBy} invites you to work with ${given.studio}.`, roleWords[given.role]],
		button: { label: 'Accept the invitation', url: given.url },
		foot: `The link is good for ${INVITATION_DAYS} days and for one person. If you do not know ${given.studio}, do nothing.`
	});

const days = new Intl.DateTimeFormat('en-GB', {
	weekday: 'long',
	day: 'numeric',
	month: 'long',
	timeZone: 'UTC'
});

/** That photos of an event's temporary storage go soon; at least one event. */
export const temporaryLetter = (given: {
	to: string;
	studio: string;
	events: { name: string; url: string; photos: number; goesAt: Date }[];
}): Promise<Letter> => {
	const [first] = given.events;
	const all = given.events.reduce((sum, { photos }) => sum + photos, 0);
	const photosOf = (count: number) => `${count} ${count === 1 ? 'photo' : 'photos'}`;
	const others = given.events.length - 1;
	return letterOf({
		to: given.to,
		from: given.studio,
		subject: `${photosOf(all)} of ${first!.name}${others > 0 ? ` and ${others} more` : ''} will go`,
		title: `${photosOf(all)} will go into the trash`,
		lines: [
			'They came straight from an event and are there for the time being. What you approve stays.',
			...given.events.map(
				({ name, photos, goesAt }) =>
					`${name}: ${photosOf(photos)}, the first of them on ${days.format(goesAt)}.`
			)
		],
		button: { label: `Look at ${first!.name}`, url: first!.url },
		foot: `You get this because you may approve photos at ${given.studio}. What has gone into the trash can be restored for a while.`
	});
};

export const resetLetter = (given: { to: string; name: string; url: string }): Promise<Letter> =>
	letterOf({
		to: given.to,
		from: 'Aura',
		subject: 'Set a new password',
		title: 'Set a new password',
		lines: [`${given.name}, somebody, we hope you, asked for a new password for Aura.`],
		button: { label: 'Set a new password', url: given.url },
		foot: 'The link is good for one hour. If it was not you, do nothing: your password stays as it is.'
	});
