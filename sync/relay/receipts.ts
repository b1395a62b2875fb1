// Who wrote what, with the server's seal, so that a device can give back what a restored server has lost without
// becoming its author.
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { fromHex } from '#shared/bytes.ts';
import { encoded } from '../documents/encoded.ts';
import type { Author } from '../documents/authorise.ts';

/** Whom a client id belongs to: a person's or key's id, or 'server'. */
export type ClientOwner = string;
export type Owners = Map<number, ClientOwner>;

export const ownerOf = ({ id, role }: Author): ClientOwner => (role === 'server' ? 'server' : id);

/** A seal of 16 bytes over some bytes, with a key that only servers of this installation have. */
export type Seal = (...parts: Uint8Array[]) => Uint8Array;

export interface Receipts {
	write(document: string, update: Uint8Array, owners: ReadonlyMap<number, ClientOwner>): Uint8Array;
	/** @returns the owners of the client ids in the update, or null when this server never said so */
	read(document: string, update: Uint8Array, receipt: Uint8Array): Owners | null;
}

const SEAL_BYTES = 16;
const ID_BYTES = 16;
const SERVER = new Uint8Array(ID_BYTES);

/** The same few people write most of what comes. */
const known = new Map<ClientOwner, Uint8Array>([['server', SERVER]]);

const idBytes = (owner: ClientOwner): Uint8Array => {
	const before = known.get(owner);
	if (before) return before;
	const bytes = fromHex(owner.replaceAll('-', ''));
	if (known.size > 1_000) known.clear();
	known.set(owner, bytes);
	return bytes;
};

function idOf(bytes: Uint8Array): ClientOwner {
	if (bytes.every((byte) => byte === 0)) return 'server';
	const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
	return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function writeOwners(owners: ReadonlyMap<number, ClientOwner>): Uint8Array {
	const clients = new Map<ClientOwner, number[]>();
	for (const [client, owner] of owners) {
		const list = clients.get(owner);
		if (list) list.push(client);
		else clients.set(owner, [client]);
	}
	return encoded((e) => {
		encoding.writeVarUint(e, clients.size);
		for (const [owner, list] of clients) {
			encoding.writeUint8Array(e, idBytes(owner));
			encoding.writeVarUint(e, list.length);
			for (const client of list) encoding.writeVarUint(e, client);
		}
	});
}

/** @returns who owns which client ids by this receipt, unchecked; null when it is none */
export function ownersOf(receipt: Uint8Array): Owners | null {
	try {
		const d = decoding.createDecoder(receipt.subarray(0, receipt.length - SEAL_BYTES));
		const owners: Owners = new Map();
		const people = decoding.readVarUint(d);
		for (let i = 0; i < people; i++) {
			const owner = idOf(decoding.readUint8Array(d, ID_BYTES));
			const count = decoding.readVarUint(d);
			for (let j = 0; j < count; j++) owners.set(decoding.readVarUint(d), owner);
		}
		return decoding.hasContent(d) ? null : owners;
	} catch {
		return null;
	}
}

export function createReceipts(seal: Seal): Receipts {
	const text = new TextEncoder();
	const sealOf = (document: string, update: Uint8Array, owners: Uint8Array) =>
		seal(text.encode(`receipt 1\n${document}\n${owners.length}\n`), owners, update);
	return {
		write(document, update, owners) {
			const said = writeOwners(owners);
			const receipt = new Uint8Array(said.length + SEAL_BYTES);
			receipt.set(said);
			receipt.set(sealOf(document, update, said), said.length);
			return receipt;
		},
		read(document, update, receipt) {
			if (receipt.length <= SEAL_BYTES) return null;
			const said = receipt.subarray(0, -SEAL_BYTES);
			const right = sealOf(document, update, said);
			const given = receipt.subarray(-SEAL_BYTES);
			// in constant time: a wrong seal must not tell how wrong it is
			if (right.reduce((wrong, byte, at) => wrong | (byte ^ given[at]!), 0) !== 0) return null;
			return ownersOf(receipt);
		}
	};
}
