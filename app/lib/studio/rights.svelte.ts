// What I may do in the workspace that is open: by what the server says, or by what it signed last.
import type { Identity, Membership } from '#shared/auth.ts';
import { type Action, type Resource, can, reachOf } from '#shared/permissions.ts';
import { projectsDocument } from '#shared/projects/document.ts';
import { roleIn } from '#shared/workspace-status.ts';
import { readClaims, refreshClaims } from '../auth/claims.ts';
import { checkIdentity } from '../auth/identity.ts';
import type { DocumentRegistry } from '../documents/registry.ts';

/** A page can stay open for days without a network. */
const CLAIMS_CHECK_MS = 60 * 60 * 1000;

export abstract class Rights {
	readonly person: string;
	identity = $state.raw<Identity>()!;
	membership = $state.raw<Membership>()!;
	/** I do not belong to this workspace any more, the server says */
	isOut = $state(false);
	/** What the server said last has expired: look, and change nothing, until it can be asked. Null: it has not. */
	expiredAt = $state<number | null>(null);
	/** the server has said who I am since this page was opened */
	#isConfirmed = false;
	#unwatch = () => {};

	constructor(identity: Identity, membership: Membership) {
		this.identity = identity;
		this.membership = membership;
		this.person = identity.user.id;
	}

	/** What I am here may have changed, and with it where my projects are read from. */
	protected abstract moved(): Promise<void>;

	/** The document that says which projects there are for me. */
	protected get projectsName(): string {
		const { id, role, status } = this.membership;
		return projectsDocument(id, this.person, reachOf(roleIn(role, status)));
	}

	/** Whether I may do this here. */
	can(action: Action, resource: Resource): boolean {
		// whoever is out may look at what is on the device; what they change would be refused
		const isReadOnly = this.isOut || this.expiredAt !== null;
		const role = isReadOnly ? 'viewer' : roleIn(this.membership.role, this.membership.status);
		return can(role, action, resource);
	}

	/** Takes over what the server says of me now. */
	confirm(identity: Identity): void {
		this.#isConfirmed = true;
		this.expiredAt = null;
		this.#learn(identity);
		void refreshClaims(identity);
	}

	#learn(identity: Identity): void {
		this.identity = identity;
		const membership = identity.workspaces.find(({ id }) => id === this.membership.id);
		this.isOut = !membership || membership.status === 'deleted';
		if (!membership) return;
		this.membership = membership;
		void this.moved();
	}

	/** Looks what this device may still do by what the server signed. */
	async #checkClaims(): Promise<void> {
		const claims = await readClaims();
		if (claims.kind === 'none' || claims.identity.user.id !== this.person) return;
		if (!this.#isConfirmed) this.#learn(claims.identity);
		if (claims.kind !== 'expired') return;
		// no network for so long: whoever comes back is asked again
		this.#isConfirmed = false;
		this.expiredAt = claims.expiresAt;
	}

	async #ask(): Promise<void> {
		const check = await checkIdentity();
		if (check.kind === 'known') this.confirm(check.identity);
	}

	/**
	 * Asks who I am when the server closes or opens again the document that my rights show in, and looks at what it signed
	 * meanwhile.
	 */
	protected watch(registry: DocumentRegistry, document: string): void {
		this.#unwatch();
		let isOver = false;
		let stop = () => {};
		const expiry = setInterval(() => void this.#checkClaims(), CLAIMS_CHECK_MS);
		this.#unwatch = () => {
			isOver = true;
			clearInterval(expiry);
			stop();
		};
		void this.#checkClaims();
		void registry.open(document).then(({ link, replica }) => {
			if (isOver) return;
			let last = link.state();
			let wasConnected = last === 'connected';
			stop = registry.onStatus(() => {
				const now = link.state();
				if (now === last) return;
				last = now;
				// my role may have changed between the answer that this page began with and this connection
				const { role, status } = this.membership;
				const isOther = replica.role !== null && replica.role !== roleIn(role, status);
				// refused: perhaps I was removed; connected again: perhaps because my role has changed
				if (
					now === 'refused' ||
					(now === 'connected' && (wasConnected || !this.#isConfirmed || isOther))
				)
					void this.#ask();
				wasConnected ||= now === 'connected';
			});
		});
	}

	protected unwatch(): void {
		this.#unwatch();
	}
}
