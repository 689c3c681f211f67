import { defineConfig } from "vitest/config";

/** `unit` runs in seconds and needs nothing but npm; `process` starts workerd, engines and tools; `e2e` drives whole stacks. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["{infra,worker,cli,local,e2e}/**/*.test.ts"],
          exclude: ["**/*.process.test.ts", "e2e/**/*.e2e.test.ts"],
        },
      },
      {
        test: {
          name: "process",
          include: ["{infra,worker,cli,local}/**/*.process.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["e2e/**/*.e2e.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
