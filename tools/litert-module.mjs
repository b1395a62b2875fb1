/**
 * LiteRT.js loads its engine with `importScripts`, which module workers do not have: the loader is bundled as a module instead.
 * @returns {import('vite').Plugin}
 */
export const litertModule = () => ({
	name: 'aura:litert-module',
	transform: (code, id) =>
		/litert_wasm_internal\.js$/.test(id) ? `${code}\nexport default ModuleFactory;` : null
});
