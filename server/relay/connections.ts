import type { Reach } from '#shared/permissions.ts';

/** An open socket of somebody, as far as rights concern it. */
export interface OpenConnection {
	user: string;
	workspace: string;
	session: string;
	document: string;
	reach: Reach;
	/** Ends it; what still arrives over it is not heard. */
	end(code: number, reason: string): void;
}

type Fits =
	| Partial<Pick<OpenConnection, 'user' | 'workspace' | 'session'>>
	| ((connection: OpenConnection) => boolean);

/** The open sockets of this process: whose rights change, hears of it at once. */
export interface Connections {
	/** @returns forgets it */
	add(connection: OpenConnection): () => void;
	list(): OpenConnection[];
	/** Ends all that fit. */
	end(fits: Fits, code: number, reason: string): void;
}

export function createConnections(): Connections {
	const open = new Set<OpenConnection>();
	return {
		add(connection) {
			open.add(connection);
			return () => open.delete(connection);
		},
		list: () => [...open],
		end(fits, code, reason) {
			const isMeant =
				typeof fits === 'function'
					? fits
					: (connection: OpenConnection) =>
							(Object.keys(fits) as (keyof typeof fits)[]).every(
								(key) => connection[key] === fits[key]
							);
			for (const connection of [...open]) if (isMeant(connection)) connection.end(code, reason);
		}
	};
}
