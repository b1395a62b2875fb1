// The loader of LiteRT.js as a module (tools/litert-module).
declare module '@litertjs/core/wasm/litert_wasm_internal.js' {
	const ModuleFactory: unknown;
	export default ModuleFactory;
}
