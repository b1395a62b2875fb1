import { AuraError } from '#shared/errors.ts';

/** What went wrong between a selfie and its photos. */
export type Trouble =
	| 'none'
	| 'several'
	| 'dark'
	| 'camera'
	| 'number'
	| 'picture'
	| 'often'
	| 'busy'
	| 'closed'
	| 'failed'
	| 'network';

export const troubleText: Record<Trouble, string> = {
	none: 'No face was found in that picture. Look straight at the camera, with your whole face in the oval.',
	several: 'There is more than one face in that picture. Take one of you alone.',
	dark: 'It is too dark to tell. Turn towards a light, or use another picture.',
	camera: 'The camera is not allowed for this page. Use a picture from your phone instead.',
	number: 'Type the number alone, as it is on your bib.',
	picture: 'That file could not be opened as a picture. Choose a JPEG or PNG.',
	often: 'That was a lot of searches. Wait some minutes, then try again.',
	busy: 'Many guests look for their photos at this moment. Wait a few seconds, then try again.',
	closed: 'The studio has closed this event for guests. Ask the photographer.',
	failed: 'The search did not work this time. Try again in a moment.',
	network: 'The network broke off. Nothing was sent twice; try again.'
};

/** What failed, when photos were asked for. */
export function troubleOf(error: unknown): Trouble {
	if (!(error instanceof AuraError)) return 'network';
	switch (error.code) {
		case 'invalid': {
			const { face } = error.details;
			if (face === 'none' || face === 'several' || face === 'dark') return face;
			return face === 'not_a_picture' ? 'picture' : 'failed';
		}
		case 'too_many_requests':
			return 'often';
		case 'unavailable':
			return 'busy';
		case 'gone':
		case 'not_found':
			return 'closed';
		default:
			return 'failed';
	}
}

/** Bytes as a guest reads them. */
export const megabytes = (bytes: number): string => `${Math.max(1, Math.round(bytes / 1e6))} MB`;
