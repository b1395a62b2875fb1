/**
 * LiteRT.js loads its engine with `importScripts`, which module workers do not have: the loader is bundled as a module instead.
 * @returns {import('vite').Plugin}
 */
export const litertModule = () => ({
	name: 'aura:litert-module',
	transform(code, id) {
		if (!/litert_wasm_internal\.js$/.test(id)) return null;
		const end = code.lastIndexOf("if (typeof exports === 'object'");
		if (end < 0) throw new Error('litert: its loader ends otherwise than it did');
		return `${code.slice(0, end)}export default ModuleFactory;`;
	}
});
