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

type Fits = Partial<Pick<OpenConnection, 'user' | 'workspace' | 'session'>>;

/** Whose sockets are to end, as processes tell each other. */
export interface Ending {
	fits: Fits;
	code: number;
	reason: string;
}

/** The open sockets of this process: whose rights change, hears of it at once. */
export interface Connections {
	/** @returns forgets it */
	add(connection: OpenConnection): () => void;
	list(): OpenConnection[];
	/** Ends all that fit, in all processes. */
	end(fits: Fits, code: number, reason: string): void;
	/** Ends those of this process for which it holds. */
	endHere(fits: (connection: OpenConnection) => boolean, code: number, reason: string): void;
	/** Another process has ended some. */
	hear(ending: Ending): void;
}

/** @param tell the other processes */
export function createConnections(tell: (ending: Ending) => void): Connections {
	const open = new Set<OpenConnection>();
	const endHere: Connections['endHere'] = (fits, code, reason) => {
		for (const connection of [...open]) if (fits(connection)) connection.end(code, reason);
	};
	const hear: Connections['hear'] = ({ fits, code, reason }) => {
		const keys = Object.keys(fits) as (keyof Fits)[];
		endHere((connection) => keys.every((key) => connection[key] === fits[key]), code, reason);
	};
	return {
		add(connection) {
			open.add(connection);
			return () => open.delete(connection);
		},
		list: () => [...open],
		end(fits, code, reason) {
			hear({ fits, code, reason });
			tell({ fits, code, reason });
		},
		endHere,
		hear
	};
}
