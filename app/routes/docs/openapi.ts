/** As much of OpenAPI 3.1 as our own document uses. */
export interface JsonSchema {
	type?: string | string[];
	format?: string;
	enum?: unknown[];
	const?: unknown;
	pattern?: string;
	properties?: Record<string, JsonSchema>;
	required?: string[];
	items?: JsonSchema;
	anyOf?: JsonSchema[];
	$ref?: string;
}
interface Content {
	content?: Record<string, { schema: JsonSchema }>;
}
export interface Operation {
	summary: string;
	tags: string[];
	requestBody?: Required<Content>;
	responses: Record<string, { description: string } & Content>;
}
export interface OpenApi {
	paths: Record<string, Record<string, Operation>>;
}

/** A schema's type in a few words. */
export function typeOf(schema: JsonSchema): string {
	if (schema.const !== undefined) return JSON.stringify(schema.const);
	if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
	if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
	if (schema.type === 'array')
		return schema.items?.properties ? 'list of' : `list of ${typeOf(schema.items ?? {})}`;
	if (schema.format) return `${String(schema.type)} (${schema.format})`;
	return Array.isArray(schema.type) ? schema.type.join(' or ') : (schema.type ?? 'anything');
}
