import { afterEach, expect, test } from "vitest";
import { smallTelegramBot, startTelegram } from "../local/chat/telegram.ts";
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
  stack = "dev",
) {
  recorder = await startRecorder((what) => answer(what.replace(`/accounts/${accountId}`, "")));
  const config = botConfig({ ...aSource({ apiBaseUrl: recorder.baseUrl, ...changes }), stack });
  return preflight(config, botNames("talaria", stack), docker);
}

const noBucket: Answer = { status: 404, error: { code: 10006, message: "The specified bucket does not exist." } };
const denied: Answer = { status: 403, error: { code: 10000, message: "Authentication error" } };

test("passes on an account that has all, and changes nothing there", async () => {
  const answers: Readonly<Record<string, Answer>> = {
    "GET /workers/subdomain": { result: { subdomain: "someone" } },
    "GET /r2/buckets/talaria-dev-snapshots": noBucket,
  };
  expect(await check((what) => answers[what] ?? {})).toEqual({ workersDev: "someone" });
  expect(recorder.requests.map(({ method }) => method)).toEqual(["GET", "GET", "GET", "GET"]);
});

test("lists everything that is missing in one message", async () => {
  const answers: Readonly<Record<string, Answer>> = {
    "GET /workers/subdomain": denied,
    "GET /containers/me": { status: 403, error: { code: 1234, message: "not entitled" } },
    "GET /r2/buckets/talaria-dev-snapshots": { status: 403, error: { code: 10042, message: "Please enable R2" } },
    "GET /tokens/permission_groups": denied,
    "GET /ai-gateway/gateways": denied,
    "GET /zones?name=bot.example.com": { result: [] },
  };
  const failed = check((what) => answers[what.split("&")[0] ?? ""] ?? { result: [] }, {
    ...{ hostname: "bot.example.com", aiGateway: { enabled: true } },
  });
  await expect(failed).rejects.toThrow(/^Nothing was created\./);
  const message = await failed.catch((error: Error) => error.message);
  for (const part of [
    'lacks the permission "Workers Scripts: Edit"',
    "Containers need the Workers Paid plan",
    "R2 is not enabled",
    'lacks the permission "Account API Tokens: Edit"',
    'lacks the permission "AI Gateway: Edit (for talaria:aiGateway)"',
    "No zone of this account holds bot.example.com",
  ]) {
    expect(message).toContain(part);
  }
});

test("refuses a size that this account's containers do not get, and names the largest that they do", async () => {
  const limits = { vcpu_per_deployment: 2, memory_mib_per_deployment: 8192, disk_mb_per_deployment: 20_000 };
  const answers: Readonly<Record<string, Answer>> = {
    "GET /workers/subdomain": { result: { subdomain: "someone" } },
    "GET /r2/buckets/talaria-dev-snapshots": noBucket,
    "GET /containers/me": { result: { external_account_id: accountId, limits } },
  };
  const sizes = { hermes: { vcpu: 3, memoryGib: 10, diskGb: 20 }, exec: "standard-4", care: "standard-3" };
  const message = String(await check((what) => answers[what] ?? {}, { sizes }).catch((error: Error) => error.message));
  expect(message.split("\n").slice(1)).toEqual([
    "  - talaria:sizes.hermes is 3 vCPU, 10 GiB, 20 GB, and a container here has at most 2 vCPU, 8 GiB of memory. Ask Cloudflare for more, or take a smaller one: pulumi config set --path talaria:sizes.hermes standard-3",
    "  - talaria:sizes.exec is standard-4, and a container here has at most 2 vCPU, 8 GiB of memory. Ask Cloudflare for more, or take a smaller one: pulumi config set --path talaria:sizes.exec standard-3",
  ]);
});

test("tells what the account lacks and what a chat platform refuses in one message, each under its own head", async () => {
  const telegram = await startTelegram([]);
  const failed = check((what) => (what.includes("/r2/") ? noBucket : what.includes("/workers/") ? denied : {}), {
    telegramBotToken: smallTelegramBot.token,
    telegram: { allowedUsers: ["1234567"] },
    chatApis: { telegram: telegram.url },
  });
  const message = String(await failed.catch((error: Error) => error.message));
  await telegram.close();
  expect(message).toMatch(/^Nothing was created\. The account \w+ at \S+ is not ready:\n {2}- The API token lacks/);
  expect(message).toMatch(/\nThe bot could not talk on its chat platforms:\n {2}- Telegram does not know/);
});

test("stops before anything is created on a machine that cannot build the images", async () => {
  const failed = check(
    (what) => (what.includes("/r2/") ? noBucket : {}),
    {},
    async () => "Docker is not installed.",
  );
  await expect(failed).rejects.toThrow("Nothing was created. Docker is not installed.");
});

test("says what this machine lacks as it is typed for the stack", async () => {
  const lack = async () => "Docker does not run.\nOr name images: pulumi config set talaria:images.hermes <reference>";
  const failed = check((what) => (what.includes("/r2/") ? noBucket : {}), {}, lack, "local-two");
  await expect(failed).rejects.toThrow("Or name images: npm run pulumi -- --stack local-two config set talaria:images");
});

test("says once that the token is not valid", async () => {
  const failed = check(() => ({ status: 401, error: { code: 1000, message: "Invalid API Token" } }));
  const message = await failed.catch((error: Error) => error.message);
  expect(String(message).match(/The API token is not valid/g)).toHaveLength(1);
});

const ofZones = (more: Readonly<Record<string, Answer>>) => {
  const known: Readonly<Record<string, Answer>> = {
    "GET /r2/buckets/talaria-dev-snapshots": noBucket,
    "GET /zones?name=example.com": { result: [{ id: "zone", status: "active" }] },
    ...more,
  };
  return (what: string): Answer => known[what.split("&")[0] ?? ""] ?? { result: [] };
};
const both = { hostname: "bot.example.com", dashboard: { hostname: "deep.below.example.com" } };

test("finds the zones of both hostnames, however deep a name lies in its zone", async () => {
  expect(await check(ofZones({}), both)).toMatchObject({ zoneId: "zone", dashboardZoneId: "zone" });
});

test("names whoever has a hostname already: a Worker, or a DNS record", async () => {
  const taken = ofZones({
    "GET /workers/domains?hostname=bot.example.com": { result: [{ service: "another" }] },
    "GET /zones/zone/dns_records?name=deep.below.example.com": {
      result: [{ type: "CNAME", content: "elsewhere.net" }],
    },
  });
  const failed = check(taken, both);
  await expect(failed).rejects.toThrow("bot.example.com is the address of the Worker another.");
  await expect(failed).rejects.toThrow("deep.below.example.com has a DNS record already (CNAME elsewhere.net).");
});

test("takes a hostname that the bot has already, with the record that came with it", async () => {
  const own = ofZones({
    "GET /workers/domains?hostname=bot.example.com": { result: [{ service: "talaria-dev" }] },
    "GET /zones/zone/dns_records?name=bot.example.com": { result: [{ type: "AAAA", content: "100::" }] },
  });
  expect(await check(own, { hostname: "bot.example.com" })).toMatchObject({ zoneId: "zone" });
});

test("says that no certificate comes before the zone is active", async () => {
  const pending = ofZones({ "GET /zones?name=example.com": { result: [{ id: "zone", status: "pending" }] } });
  await expect(check(pending, both)).rejects.toThrow(
    "The zone example.com is pending: no certificate is issued for bot.example.com before it is active.",
  );
});

const access = { emails: ["me@example.com"] };

test("learns who signs for the account's Access, and asks nothing about it where none is configured", async () => {
  const team = ofZones({ "GET /access/organizations": { result: { auth_domain: "team.cloudflareaccess.com" } } });
  expect(await check(team, { access })).toMatchObject({ issuer: "https://team.cloudflareaccess.com" });
  await recorder.close();
  await check(team);
  expect(recorder.requests.filter(({ path }) => path.includes("/access/"))).toEqual([]);
});

test("says what to do where there is no Zero Trust organization, and which permissions are missing", async () => {
  const off: Answer = { status: 403, error: { code: 9999, message: "access.api.error.not_enabled" } };
  const notEnabled = { "GET /access/organizations": off, "GET /access/apps": off, "GET /access/service_tokens": off };
  await expect(check(ofZones(notEnabled), { access })).rejects.toThrow(/no Zero Trust organization.*one\.dash/);
  await recorder.close();
  const team = { result: { auth_domain: "team.cloudflareaccess.com" } };
  const missing = { "GET /access/organizations": team, "GET /access/apps": denied };
  await expect(check(ofZones(missing), { access })).rejects.toThrow("Access: Apps and Policies: Edit");
});
