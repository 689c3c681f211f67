import type { Declaration } from "../declarationSchema.ts";

const declaration: Declaration = {
  bot: "talaria-test",
  stack: "test",
  engine: "process",
  images: { hermes: "h", exec: "e", care: "c" },
  versions: { talaria: "0", hermes: "0", sdk: "0" },
  sleepAfterSeconds: 14_400,
  chatPlatforms: [],
  maxConcurrentRuns: 32,
  model: { default: "custom/canned", baseUrl: "http://127.0.0.1:9/v1" },
  settings: {},
  environment: {},
  snapshots: {
    intervalMinutes: 5,
    keep: { last: 20, hourly: 24, daily: 14, weekly: 8, monthly: 12 },
    drillDays: 7,
    careIndexFiles: 300,
  },
  agent: { network: "internet", hosts: [] },
  exec: {
    isolation: "session",
    parallel: 4,
    spare: 1,
    network: "internet",
    hosts: [],
    persist: true,
    idleMinutes: 30,
    deadlineMinutes: 60,
    commandsPerMinute: 240,
    boxMinutesPerDay: 1440,
    commandKilobytes: 16_384,
    outputMegabytes: 16,
    workspaceMegabytes: 512,
    keepWorkspaces: 3,
    workspaceDays: 30,
    auditDays: 30,
  },
};

/** What stands in for the upload's text module in tests. */
export default JSON.stringify(declaration);
