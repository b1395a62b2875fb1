import { AuraError, type ErrorCode, type Problem } from '#shared/errors.ts';

/** A running server, asked with an API key. */
export interface Remote {
	/** @throws AuraError with the code that the server gave, or unavailable */
	ask<T>(method: string, path: string, body?: object): Promise<T>;
}

/** @throws AuraError invalid when the address or the key is missing or not one */
export function openRemote(url: string, key: string | undefined): Remote {
	if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
		throw new AuraError('invalid', `--url: ${url} is no address of a server.`);
	if (!key)
		throw new AuraError(
			'invalid',
			'--url needs an API key in AURA_API_KEY. Make one under Settings.'
		);
	const base = url.replace(/\/+$/, '');
	return {
		async ask<T>(method: string, path: string, body?: object) {
			const response = await fetch(`${base}${path}`, {
				method,
				headers: {
					Authorization: `Bearer ${key}`,
					...(body ? { 'Content-Type': 'application/json' } : {})
				},
				...(body ? { body: JSON.stringify(body) } : {})
			}).catch(() => {
				throw new AuraError('unavailable', `${base} cannot be reached.`);
			});
			if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
			const problem = (await response.json().catch(() => null)) as Problem | null;
			throw new AuraError(
				(problem?.code ?? 'internal') as ErrorCode,
				problem?.detail ?? `${base} answered ${response.status}.`
			);
		}
	};
}

/** Address of a workspace on a running server. */
export const baseOf = (workspace: string) => `/api/workspaces/${encodeURIComponent(workspace)}`;
