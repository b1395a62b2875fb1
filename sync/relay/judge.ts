import type * as Y from 'yjs';
import type { DocumentDeclaration } from '#shared/documents/declaration.ts';
import { type Author, refusalOf } from '../documents/authorise.ts';
import type { Inspection, KeyChange } from '../documents/inspect.ts';
import { limits } from '../documents/update.ts';
import type { RefusedNotice } from './protocol.ts';
import type { ClientOwner } from './receipts.ts';

export interface Judgement {
	/** changes that do not stand */
	refused: KeyChange[];
	/** what is told of them, and of what continued changes that did not stand before; none: all stands */
	notices: NewNotice[];
}

/** What is told to one person, before it has a number. */
export interface NewNotice extends Pick<RefusedNotice, 'structs' | 'lost' | 'refusals'> {
	author: ClientOwner;
}

/** Keys that were ever set; Yjs keeps those that were deleted too. */
const keysOf = (doc: Y.Doc, declaration: DocumentDeclaration): number =>
	Object.keys(declaration).reduce((sum, root) => sum + doc.getMap(root)._map.size, 0);

/** Asks for each key that an update touches whether this person may change it so. */
export function judge(
	doc: Y.Doc,
	declaration: DocumentDeclaration,
	{ changes, lost }: Pick<Inspection, 'changes' | 'lost'>,
	author: Author,
	/** who wrote a client id's structs: whom it concerns */
	writerOf: (client: number) => ClientOwner,
	/** keys are cleared by writing null: deletions without a new value repeat what was decided before, and do nothing */
	ignoresDeletions: boolean,
	/** keys that the document may have */
	mostKeys = limits.keys
): Judgement {
	const refused: KeyChange[] = [];
	let notices: Map<ClientOwner, NewNotice> | null = null;
	const noticeFor = (person: ClientOwner): NewNotice => {
		notices ??= new Map();
		let notice = notices.get(person);
		if (!notice) {
			notice = { author: person, structs: [], lost: [], refusals: [] };
			notices.set(person, notice);
		}
		return notice;
	};
	for (const { client, clock, length, value } of lost) {
		const notice = noticeFor(writerOf(client));
		notice.structs.push([client, clock, length]);
		notice.lost.push([client, clock]);
		notice.refusals.push({
			root: '',
			key: '',
			value: JSON.stringify(value),
			reason: 'lost',
			message: 'It continues a change that was refused before.'
		});
	}
	let space: number | null = null;
	for (const change of changes) {
		if (ignoresDeletions && change.structs.length === 0) {
			refused.push(change);
			continue;
		}
		const current = () => (change.exists ? doc.getMap(change.root).get(change.key) : undefined);
		let refusal = refusalOf(declaration, change, author, current);
		const isNew = !change.exists && !doc.getMap(change.root)._map.has(change.key);
		if (!refusal && isNew && author.role !== 'server') {
			space ??= mostKeys - keysOf(doc, declaration);
			if (--space < 0)
				refusal = {
					root: change.root,
					key: change.key,
					reason: 'full',
					message: 'This event holds as much as one can. Go on in another one.'
				};
		}
		if (!refusal) continue;
		refused.push(change);
		// each value that was written one after the other, each to whoever wrote it
		for (const { client, clock, length, value } of change.structs) {
			const notice = noticeFor(writerOf(client));
			notice.structs.push([client, clock, length]);
			if (value !== undefined) notice.refusals.push({ ...refusal, value: JSON.stringify(value) });
		}
		if (change.values.length === 0)
			noticeFor(author.id).refusals.push({ ...refusal, value: 'null' });
	}
	return {
		refused,
		notices: notices ? [...(notices as Map<ClientOwner, NewNotice>).values()] : []
	};
}
