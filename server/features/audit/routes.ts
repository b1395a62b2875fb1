import { AUDIT_PAGE, type AuditEntry } from '#shared/audit.ts';
import { AuraError } from '#shared/errors.ts';
import { type Role, can } from '#shared/permissions.ts';
import type { Database } from '../../database/database.ts';
import type { Implement } from '../../http/endpoint.ts';
import { csvHeader, csvLine } from './csv.ts';
import { listEntries } from './store.ts';

const EXPORT_PAGE = 1_000;

function assertReads(role: Role): void {
	if (!can(role, 'read', 'audit'))
		throw new AuraError('forbidden', `The role ${role} may not read the log.`);
}

export function auditRoutes(implement: Implement, database: Database): void {
	implement('GET /api/workspaces/{workspace}/audit', async ({ who, query }) => {
		const { id, role } = who.membership;
		assertReads(role);
		const entries = await database.tenant(id, (queries) => listEntries(queries, id, query));
		return { entries: entries.slice(0, AUDIT_PAGE), more: entries.length > AUDIT_PAGE };
	});

	/** All entries, newest first, page by page: a log of years is not held in memory. */
	async function* pages(workspace: string): AsyncGenerator<AuditEntry[]> {
		let before: number | undefined;
		for (;;) {
			const page = await database.tenant(workspace, (queries) =>
				listEntries(queries, workspace, { before }, EXPORT_PAGE)
			);
			if (page.length > 0) yield page;
			if (page.length < EXPORT_PAGE) return;
			before = page[page.length - 1]!.id;
		}
	}

	const formats = {
		csv: {
			type: 'text/csv; charset=utf-8',
			async *write(workspace: string) {
				yield csvHeader;
				for await (const page of pages(workspace)) yield page.map(csvLine).join('');
			}
		},
		json: {
			type: 'application/json',
			async *write(workspace: string) {
				let lead = '[\n';
				for await (const page of pages(workspace)) {
					yield lead + page.map((entry) => JSON.stringify(entry)).join(',\n');
					lead = ',\n';
				}
				yield lead === '[\n' ? '[]\n' : '\n]\n';
			}
		}
	};

	implement('GET /api/workspaces/{workspace}/audit/export/{format}', async ({ who, params, c }) => {
		const { id, role, slug } = who.membership;
		assertReads(role);
		if (!Object.hasOwn(formats, params.format))
			throw new AuraError('not_found', 'The log is exported as csv or json.');
		const format = formats[params.format as keyof typeof formats];
		const lines = format.write(id);
		const encoder = new TextEncoder();
		const text = new ReadableStream<Uint8Array<ArrayBuffer>>({
			async pull(controller) {
				const { done, value } = await lines.next();
				if (done) controller.close();
				else controller.enqueue(encoder.encode(value));
			}
		});
		return c.body(text, 200, {
			'Content-Type': format.type,
			'Content-Disposition': `attachment; filename="audit-${slug}.${params.format}"`,
			'Cache-Control': 'private, no-store'
		});
	});
}
