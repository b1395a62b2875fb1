import type * as Y from 'yjs';
import type { DocumentDeclaration } from '#shared/documents/declaration.ts';
import { type Inspection, inspect, withoutRefused } from '../documents/inspect.ts';
import { type Single, inspectSingle, readSingle } from '../documents/single.ts';
import { UpdateError, readUpdate } from '../documents/update.ts';
import { type Edit, type Keys, type SingleEdit, addKey } from './batch.ts';
import { judge } from './judge.ts';
import type { Peer } from './peer.ts';
import { closeCodes } from './protocol.ts';
import { type ClientOwner, type Owners, ownerOf } from './receipts.ts';

/** What is to be done with an update that a connection sent. */
export type Intake =
	/** it goes on from what this document does not have */
	| { kind: 'gap' }
	| { kind: 'close'; code: number; reason: string }
	/** the document has it already; @param clients whose structs it named */
	| { kind: 'known'; clients: number[] }
	| { kind: 'edit'; edit: Omit<Edit, 'newClients' | 'clocks' | 'written'> }
	| { kind: 'single'; edit: Omit<SingleEdit, 'isNewClient' | 'written'> };

/** What an update is held against. */
export interface IntakeParts {
	doc: Y.Doc;
	declaration: DocumentDeclaration;
	/** `rootNames(doc)` */
	names: Map<unknown, string>;
	/** whom client ids belong to */
	owners: Owners;
}

const closing = (code: number, reason: string): Intake => ({
	kind: 'close',
	code,
	reason: reason.slice(0, 100)
});

function assertOwn(
	clients: number[],
	owners: Owners,
	claimed: (client: number) => ClientOwner | undefined
): void {
	for (const client of clients) {
		const owner = owners.get(client);
		const writer = claimed(client);
		if (writer === undefined || (owner !== undefined && owner !== writer))
			throw new UpdateError('foreign_client', `client ${client} belongs to somebody else`);
	}
}

function closingFault({ fault, message }: UpdateError, isV2: boolean): Intake {
	if (fault === 'gap') return { kind: 'gap' };
	const code =
		fault === 'limit'
			? closeCodes.tooLarge
			: fault === 'foreign_client' && isV2
				? closeCodes.foreignClient
				: closeCodes.malformed;
	return closing(code, message);
}

/** @returns null where it is not the most usual update, or does not simply stand: then it is to be looked at as all others are */
function takeSingle(
	{ doc, declaration, names, owners }: IntakeParts,
	peer: Peer,
	single: Single,
	bytes: number
): Intake | null {
	const { author } = peer.connection;
	const me = ownerOf(author);
	if ((owners.get(single.struct.client) ?? me) !== me) return null;
	const change = inspectSingle(doc, single, names);
	if (!change) return null;
	const { refused } = judge(
		doc,
		declaration,
		{ changes: [change], lost: [] },
		author,
		() => me,
		peer.isV2
	);
	if (refused.length > 0) return null;
	const { root, key } = change;
	return { kind: 'single', edit: { from: peer, author: me, single, root, key, bytes } };
}

/**
 * Reads, inspects and judges an update. Changes nothing.
 * @param by who wrote it according to a receipt; null: whoever sends it
 */
export function takeIn(
	parts: IntakeParts,
	peer: Peer,
	bytes: Uint8Array,
	by: Owners | null
): Intake {
	const { doc, declaration, names, owners } = parts;
	const { author, dialect } = peer.connection;
	const me = ownerOf(author);
	let inspection: Inspection;
	let named: number[];
	try {
		const single = by ? null : readSingle(bytes);
		const taken = single && takeSingle(parts, peer, single, bytes.length);
		if (taken) return taken;
		const update = readUpdate(bytes);
		named = [...update.structs.keys()];
		inspection = inspect(doc, update, names);
		assertOwn(inspection.clients, owners, (client) => (by ? by.get(client) : me));
	} catch (error) {
		if (error instanceof UpdateError) return closingFault(error, peer.isV2);
		throw error;
	}
	// what the server has receipted was judged when it did
	const { refused, notices } = judge(
		doc,
		declaration,
		inspection,
		by ? { id: author.id, role: 'server' } : author,
		(client) => by?.get(client) ?? me,
		peer.isV2
	);
	if (notices.length > 0 && dialect === 'stock')
		return closing(
			closeCodes.forbidden,
			notices[0]!.refusals[0]?.message ?? 'It continues a refused change.'
		);
	const { clients, changes } = inspection;
	const isNothing = clients.length === 0 && changes.length === refused.length;
	if (isNothing && notices.length === 0) return { kind: 'known', clients: named };
	const writers: Owners = new Map();
	for (const client of clients) writers.set(client, by?.get(client) ?? me);
	const keys: Keys = new Map();
	const notTaken = new Set(refused);
	for (const change of changes) if (!notTaken.has(change)) addKey(keys, change.root, change.key);
	return {
		kind: 'edit',
		edit: {
			from: peer,
			author: by && writers.size === 1 ? [...writers.values()][0]! : me,
			update: isNothing ? null : withoutRefused(inspection, refused),
			owners: writers,
			keys,
			refused: notices,
			bytes: bytes.length
		}
	};
}
