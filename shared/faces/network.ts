/**
 * A network that an engine has loaded.
 * @returns its outputs by name, each as one row of numbers
 */
export type Network = (
	name: string,
	data: Float32Array,
	dims: readonly number[]
) => Promise<Record<string, Float32Array>>;
