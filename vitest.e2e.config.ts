import { defineConfig } from 'vitest/config';

// Real browsers on two cores: one file at a time.
export default defineConfig({
	test: {
		include: ['tests/e2e/**/*.test.ts'],
		setupFiles: ['tests/support/after-failure.ts'],
		fileParallelism: false,
		testTimeout: 60_000,
		hookTimeout: 120_000,
		bail: 0
	}
});
