/** An open socket of somebody, as far as rights concern it. */
export interface OpenConnection {
	user: string;
	workspace: string;
	session: string;
	/** Ends it; what still arrives over it is not heard. */
	end(code: number, reason: string): void;
}

/** The open sockets of this process: whose rights change, hears of it at once. */
export interface Connections {
	/** @returns forgets it */
	add(connection: OpenConnection): () => void;
	/** Ends all that fit. */
	end(
		fits: Partial<Pick<OpenConnection, 'user' | 'workspace' | 'session'>>,
		code: number,
		reason: string
	): void;
}

export function createConnections(): Connections {
	const open = new Set<OpenConnection>();
	return {
		add(connection) {
			open.add(connection);
			return () => open.delete(connection);
		},
		end(fits, code, reason) {
			const keys = Object.keys(fits) as (keyof typeof fits)[];
			for (const connection of [...open])
				if (keys.every((key) => connection[key] === fits[key])) connection.end(code, reason);
		}
	};
}
