// What keys do while culling (Lightroom and Photo Mechanic have taught people these).
import { labels, type PhotoMarks } from '#shared/photos/photo.ts';

export type CullAction =
	| { kind: 'move'; by: number }
	| { kind: 'end'; at: 'first' | 'last' }
	| { kind: 'flag'; value: 'pick' | 'reject' | null }
	| { kind: 'rate'; value: number }
	| { kind: 'label'; value: NonNullable<PhotoMarks['label']> }
	| { kind: 'favourite' }
	| { kind: 'face'; by: number }
	| {
			kind:
				| 'whole'
				| 'compare'
				| 'survey'
				| 'grid'
				| 'undo'
				| 'help'
				| 'advance'
				| 'faces'
				| 'burst'
				| 'keepBest';
	  };

/** The key as people press it, and what it does, for the page of keys. */
export const keyHelp: [keys: string, does: string][] = [
	['← → or H L', 'The photo before, the next'],
	['P, X, U', 'Pick, reject, neither'],
	['1 – 5, 0', 'Stars, none'],
	['6 – 9', 'Red, yellow, green, blue'],
	['V', "The client's favourite, or not"],
	['Space', 'The whole photo; again: 100 %; films play'],
	['Z, Shift Z', 'Close to the next face, the one before'],
	['F', 'Faces beside the photo'],
	['C', 'Compare two, three, four'],
	['N', 'Survey nine at once'],
	['B', 'The burst of this photo, its best suggested'],
	['K', 'Keep the best of the burst, reject the rest'],
	['A', 'Go on by itself after a mark'],
	['G', 'Back to the grid'],
	['Ctrl Z', 'Take the last mark back'],
	['Esc', 'Out of the zoom, of comparing, of culling']
];

type Press = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/** @returns null: the key does nothing here */
export function actionOf({
	key: given,
	ctrlKey,
	metaKey,
	altKey,
	shiftKey
}: Press): CullAction | null {
	const key = given.toLowerCase();
	if (altKey) return null;
	if (ctrlKey || metaKey) return key === 'z' && !shiftKey ? { kind: 'undo' } : null;
	if (/^[0-5]$/.test(key)) return { kind: 'rate', value: Number(key) };
	if (/^[6-9]$/.test(key)) return { kind: 'label', value: labels[Number(key) - 6]! };
	switch (key) {
		case 'arrowright':
		case 'arrowdown':
		case 'l':
			return { kind: 'move', by: 1 };
		case 'arrowleft':
		case 'arrowup':
		case 'h':
			return { kind: 'move', by: -1 };
		case 'pagedown':
			return { kind: 'move', by: 10 };
		case 'pageup':
			return { kind: 'move', by: -10 };
		case 'home':
			return { kind: 'end', at: 'first' };
		case 'end':
			return { kind: 'end', at: 'last' };
		case 'p':
			return { kind: 'flag', value: 'pick' };
		case 'x':
			return { kind: 'flag', value: 'reject' };
		case 'u':
			return { kind: 'flag', value: null };
		case 'v':
			return { kind: 'favourite' };
		case 'z':
			return { kind: 'face', by: shiftKey ? -1 : 1 };
		case ' ':
			return { kind: 'whole' };
		case 'c':
			return { kind: 'compare' };
		case 'n':
			return { kind: 'survey' };
		case 'b':
			return { kind: 'burst' };
		case 'k':
			return { kind: 'keepBest' };
		case 'g':
			return { kind: 'grid' };
		case 'a':
			return { kind: 'advance' };
		case 'f':
			return { kind: 'faces' };
		case '?':
			return { kind: 'help' };
		default:
			return null;
	}
}
