import { afterEach, expect, test } from "vitest";
import { botConfig } from "./config.ts";
import { botNames } from "./naming.ts";
import { preflight } from "./preflight.ts";
import { type Answer, type Recorder, startRecorder } from "./testing/recorder.ts";
import { accountId, aSource } from "./testing/source.ts";

let recorder: Recorder;
afterEach(() => recorder.close());

/** Runs the checks of a stack with these settings against an API that answers like this. */
async function check(
  answer: (what: string) => Answer,
  changes: Record<string, unknown> = {},
  docker?: () => Promise<string | undefined>,
) {
  recorder = await startRecorder((what) => answer(what.replace(`/accounts/${accountId}`, "")));
  const config = botConfig(aSource({ apiBaseUrl: recorder.baseUrl, ...changes }));
  return preflight(config, botNames("talaria", "dev"), docker);
}

const noBucket: Answer = { status: 404, error: { code: 10006, message: "The specified bucket does not exist." } };
const denied: Answer = { status: 403, error: { code: 10000, message: "Authentication error" } };

test("passes on an account that has all, and changes nothing there", async () => {
  expect(await check((what) => (what.includes("/r2/") ? noBucket : {}))).toEqual({ zoneId: undefined });
  expect(recorder.requests.map(({ method }) => method)).toEqual(["GET", "GET", "GET", "GET"]);
});

test("lists everything that is missing in one message", async () => {
  const answers: Readonly<Record<string, Answer>> = {
    "GET /workers/subdomain": denied,
    "GET /containers/me": { status: 403, error: { code: 1234, message: "not entitled" } },
    "GET /r2/buckets/talaria-dev-snapshots": { status: 403, error: { code: 10042, message: "Please enable R2" } },
    "GET /tokens/permission_groups": denied,
    "GET /zones?name=bot.example.com": { result: [] },
  };
  const failed = check((what) => answers[what.split("&")[0] ?? ""] ?? { result: [] }, { hostname: "bot.example.com" });
  await expect(failed).rejects.toThrow(/^Nothing was created\./);
  const message = await failed.catch((error: Error) => error.message);
  for (const part of [
    'lacks the permission "Workers Scripts: Edit"',
    "Containers need the Workers Paid plan",
    "R2 is not enabled",
    'lacks the permission "Account API Tokens: Edit"',
    "No zone of this account holds bot.example.com",
  ]) {
    expect(message).toContain(part);
  }
});

test("stops before anything is created on a machine that cannot build the images", async () => {
  const failed = check(
    (what) => (what.includes("/r2/") ? noBucket : {}),
    {},
    async () => "Docker is not installed.",
  );
  await expect(failed).rejects.toThrow("Nothing was created. Docker is not installed.");
});

test("says once that the token is not valid", async () => {
  const failed = check(() => ({ status: 401, error: { code: 1000, message: "Invalid API Token" } }));
  const message = await failed.catch((error: Error) => error.message);
  expect(String(message).match(/The API token is not valid/g)).toHaveLength(1);
});

test("finds the zone that a hostname lies in", async () => {
  const zone = (what: string): Answer => ({ result: what.includes("name=example.com") ? [{ id: "zone-1" }] : [] });
  expect(await check((what) => (what.includes("/zones") ? zone(what) : {}), { hostname: "a.bot.example.com" })).toEqual(
    {
      zoneId: "zone-1",
    },
  );
});
