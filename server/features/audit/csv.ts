import type { AuditEntry } from '#shared/audit.ts';

/**
 * One field of CSV (RFC 4180). What a spreadsheet would run as a formula is led by an apostrophe
 * (OWASP, CSV injection).
 */
const field = (value: string): string => {
	const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
	return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
const json = (value: unknown): string =>
	value === null || value === undefined ? '' : JSON.stringify(value);

export const csvHeader = 'id,at,actor,action,subject,before,after,address\r\n';

/** One entry as a line of CSV. */
export const csvLine = (entry: AuditEntry): string =>
	[
		String(entry.id),
		entry.at,
		entry.actor?.name ?? '',
		entry.action,
		entry.subject,
		json(entry.before),
		json(entry.after),
		entry.address ?? ''
	]
		.map(field)
		.join(',') + '\r\n';
