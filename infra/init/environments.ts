/** What a new stack begins with: a small bot to try things on, or the one that people rely on. */

/** Plain keys of each. `Pulumi.dev.yaml` and `Pulumi.prod.yaml` say the same (a test holds them). */
export const environments = {
  dev: {
    sleepAfter: "30m",
    sizes: { hermes: "standard-1", exec: "basic", care: "standard-1" },
    exec: { parallel: 2, spare: 0 },
    deleteSnapshots: true,
  },
  prod: {
    sleepAfter: "4h",
    sizes: { hermes: "standard-2", exec: "standard-1", care: "standard-1" },
    exec: { parallel: 4, spare: 1 },
    deleteSnapshots: false,
  },
} as const;
export type EnvironmentName = keyof typeof environments;
export const environmentNames = Object.keys(environments) as readonly EnvironmentName[];
