// The one place that knows the drag-and-drop library: projects are dragged onto what they shall lie under.
import {
	draggable,
	dropTargetForElements
} from '@atlaskit/pragmatic-drag-and-drop/element/adapter';
import type { Attachment } from 'svelte/attachments';

const idOf = (data: Record<string | symbol, unknown>) =>
	typeof data['project'] === 'string' ? data['project'] : null;

/** Makes an element the handle of a project. @param id null: it cannot be dragged */
export const dragged =
	(id: string | null): Attachment<HTMLElement> =>
	(element) =>
		id === null ? undefined : draggable({ element, getInitialData: () => ({ project: id }) });

interface Drop {
	/** whether this project may lie here */
	may: (project: string) => boolean;
	/** something that may lie here is over it, or not any more */
	onOver: (isOver: boolean) => void;
	onDrop: (project: string) => void;
}

/** Makes an element take projects. */
export const takesProjects =
	({ may, onOver, onDrop }: Drop): Attachment<HTMLElement> =>
	(element) =>
		dropTargetForElements({
			element,
			canDrop({ source }) {
				const id = idOf(source.data);
				return id !== null && may(id);
			},
			onDragEnter: () => onOver(true),
			onDragLeave: () => onOver(false),
			onDrop({ source, location }) {
				onOver(false);
				const id = idOf(source.data);
				// what lies around the element that it was dropped on hears of it too
				if (id !== null && location.current.dropTargets[0]?.element === element) onDrop(id);
			}
		});
