import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";
import { compatibility, rateLimits } from "./worker/bindings.ts";

const workerd = {
  plugins: [
    cloudflareTest({
      main: "./worker/testing/testWorker.ts",
      miniflare: {
        compatibilityDate: compatibility.date,
        compatibilityFlags: [...compatibility.flags],
        durableObjects: {
          AGENT: { className: "TestAgent", useSQLite: true },
          EXEC_SESSION: { className: "TestExecSession", useSQLite: true },
          EXEC_POOL: { className: "TestExecPool", useSQLite: true },
          SPEND: { className: "Spend", useSQLite: true },
        },
        r2Buckets: ["SNAPSHOTS"],
        ratelimits: {
          REFUSALS: {
            namespace_id: "1",
            simple: { limit: rateLimits.refusals.limit, period: rateLimits.refusals.period },
          },
        },
      },
    }),
  ],
  resolve: { alias: { "./declaration.txt": new URL("./worker/testing/declarationText.ts", import.meta.url).pathname } },
};

/** Files that take many minutes. Begun last, as small ones are in a fresh clone, they would be waited for alone. */
const longest = [
  "e2e/persistence.e2e.test.ts",
  "e2e/sleep.e2e.test.ts",
  "e2e/failedStart.e2e.test.ts",
  "e2e/lifecycle.e2e.test.ts",
  "e2e/routes/routes.e2e.test.ts",
];

/** Vitest's own order (what failed, then what took long, or where nothing has run yet the larger file), after the longest. */
class LongestFirst extends BaseSequencer {
  override async sort(files: Parameters<BaseSequencer["sort"]>[0]) {
    const rank = ({ moduleId }: (typeof files)[number]) => (longest.some((file) => moduleId.endsWith(file)) ? 0 : 1);
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

/** `unit` and `workerd` run in seconds and need nothing but npm; `process` starts engines and tools; `e2e` drives whole stacks. */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: ["{infra,worker,cli,local,e2e,bench}/**/*.test.ts"],
          exclude: ["**/*.process.test.ts", "**/*.workerd.test.ts", "e2e/**/*.e2e.test.ts"],
          testTimeout: 30_000, // for a busy machine
        },
      },
      { ...workerd, test: { name: "workerd", include: ["worker/**/*.workerd.test.ts"], testTimeout: 30_000 } },
      {
        test: {
          name: "process",
          include: ["{infra,worker,cli,local,e2e}/**/*.process.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          // What two files share, the cache and the Docker daemon, is locked or told apart by its owner.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["e2e/**/*.e2e.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 900_000,
          // Each file has a system of its own and mostly waits: three at a time fit two cores.
          maxWorkers: 3,
        },
      },
    ],
  },
});
