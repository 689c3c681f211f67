import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Status } from "../agent/status.ts";
import type { Alarm } from "../alarms/alarm.ts";
import type { Env } from "../env.ts";
import { anAlarmsReport, aStatus } from "../testing/aStatus.ts";
import { adminToken, ask, declare, loggedIn, origin, secrets, stackToken } from "../testing/askTheDoor.ts";

const opening = { accept: "text/html", "sec-fetch-dest": "document" };

/** The test Worker's Agent, which answers some questions otherwise. */
function withAgent(answers: Record<string, () => unknown>): object {
  const { AGENT } = env as Env;
  const stub = AGENT.get(AGENT.idFromName("agent"));
  const agent = new Proxy(stub, {
    get: (target, name) => {
      const answer = answers[String(name)];
      return answer === undefined ? Reflect.get(target, name) : async () => answer();
    },
  });
  return { ...secrets, AGENT: { idFromName: (name: string) => name, get: () => agent } };
}
const withStatus = (change: Partial<Status>) => withAgent({ status: () => aStatus(change) });

const page = async (bindings: object = secrets) =>
  (await ask("/console", { token: adminToken, headers: opening, bindings })).text();
const live = async (has: string, bindings: object = secrets) => {
  const answer = await ask(`/console/live?${new URLSearchParams({ has })}`, { token: adminToken, bindings });
  return (await answer.json()) as { version: string; rests: boolean | null; parts: Record<string, { mark: string }> };
};
const anAlarm = (change: Partial<Alarm>): Alarm => ({
  ...{
    code: "gatewayDown",
    about: "",
    urgent: true,
    state: "raised",
    what: "It is down.",
    since: "2026-11-01T12:00:00Z",
  },
  ...{ until: null, tried: [], next: "", told: [], flaps: 0 },
  ...change,
});
/** The parts that a page has, as its script tells them. */
const marksOf = (html: string) =>
  [...html.matchAll(/id="(\w+)" class="\w*" data-mark="(\w+)"/g)].map(([, id, mark]) => `${id}.${mark}`).join(",");

describe("the console's door", () => {
  it("leads a browser without a session to the log-in, and back", async () => {
    const answer = await ask("/console", { headers: opening });
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/login?next=%2Fconsole"]);
    const cookie = await loggedIn();
    expect((await ask("/console", { headers: { cookie, ...opening, "sec-fetch-mode": "navigate" } })).status).toBe(200);
  });

  it("tells a page whose session is over so, in place of a page that it could not read", async () => {
    expect((await ask("/console/live")).status).toBe(401);
    expect((await ask("/console/live", { token: stackToken })).status).toBe(403);
  });

  it("refuses pages of other sites what it tells", async () => {
    const cookie = await loggedIn();
    const foreign = { cookie, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" };
    expect((await ask("/console/live", { headers: foreign })).status).toBe(403);
    expect((await ask("/console/live", { headers: { cookie, origin: "https://evil.example" } })).status).toBe(403);
  });

  it("is none at the dashboard's own hostname", async () => {
    declare({ dashboard: { hostname: "hermes.example" } });
    const answer = await ask("https://hermes.example/console", { token: adminToken });
    expect(await answer.json()).toMatchObject({ url: "http://agent/dashboard/console" });
  });
});

describe("the console's page", () => {
  it("runs and loads nothing but its own script and style, which its policy names", async () => {
    const answer = await ask("/console", { token: adminToken, headers: opening });
    const html = await answer.text();
    const policy = answer.headers.get("content-security-policy") ?? "";
    const nonce = /script-src 'nonce-([0-9a-f-]{36})'/.exec(policy)?.[1];
    expect(policy).toBe(
      `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    );
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const outside = html.replace(/<style[\s\S]*?<\/style>/, "").replace(/(<script[^>]*>)[\s\S]*?<\/script>/, "$1");
    expect(outside.match(/<(script|style)\b[^>]*>/g)).toHaveLength(1);
    expect(outside).not.toMatch(/ (style|on\w+|src)=/);
    expect(outside.match(/(href|action)="[^"]*"/g)?.filter((link) => !/="\/\w/.test(link))).toEqual([]);
    const other = await ask("/console", { token: adminToken, headers: opening });
    expect(other.headers.get("content-security-policy")).not.toBe(policy);
  });

  it("shows hostile words of the agent, its jobs, its commands and its log as words", async () => {
    const evil = `</script><img src=x onerror=alert(1)>"'&`;
    const [move] = aStatus().transitions;
    const bindings = withAgent({
      status: () =>
        aStatus({
          ...{ state: "failed", lastError: { code: "startFailed", message: evil, next: evil } },
          nextJob: { id: "1", name: evil, at: evil },
          transitions: move ? [{ ...move, cause: evil }] : [],
          memory: { ...aStatus().memory, run: evil },
        }),
      alarms: () =>
        anAlarmsReport({
          current: [anAlarm({ what: evil, next: evil, tried: [{ at: evil, what: evil, outcome: evil }] })],
          past: [anAlarm({ what: evil, state: "resolved", until: evil })],
          channels: [{ name: evil, target: evil, lastTold: null, waiting: 0, problem: evil }],
        }),
      logs: () => ({ lines: [{ at: evil, source: "gateway", level: "error", text: evil }], next: 7 }),
      tokens: () => [{ name: evil, created: evil, expires: evil, lastUsed: evil, replaced: false }],
      snapshots: () => ({
        current: null,
        snapshots: [
          {
            id: evil,
            at: evil,
            reason: evil,
            verdict: "bad",
            problem: evil,
            tree: null,
            addedBytes: 1,
            promotion: null,
          },
        ],
      }),
    });
    const html = await page(bindings);
    expect(html).not.toContain("<img");
    expect(html.split("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;").length).toBeGreaterThan(12);
    const { parts } = await live("", bindings);
    expect(JSON.stringify(parts)).not.toContain("<img");
  });

  it("holds no secret, and none in what renews it", async () => {
    const held = { ...secrets, ANTHROPIC_API_KEY: "sk-ant-0123456789", REPOSITORY_PASSWORD: "the-password-0123" };
    const told = (await page(held)) + JSON.stringify(await live("", held));
    for (const value of [adminToken, stackToken, "session-key-0123456789", "sk-ant-0123456789", "the-password-0123"])
      expect(told).not.toContain(value);
    expect(told).toContain("adminToken");
  });

  it("says what is wrong, what was tried, what to type, and where nobody is told", async () => {
    const tried = [{ at: "2026-11-01T12:01:00Z", what: "A new gateway", outcome: "it ended, too" }];
    const told = [{ channel: "webhook", at: "2026-11-01T12:02:00Z", problem: null }];
    const alarm = anAlarm({ what: "Its gateway is down.", tried, told, next: "./talaria logs" });
    const html = await page(withAgent({ alarms: () => anAlarmsReport({ current: [alarm] }) }));
    for (const words of ["Its gateway is down.", "A new gateway: it ended, too", "told over webhook", "told nowhere"])
      expect(html).toContain(words);
    expect(html).toContain("<code>./talaria logs</code>");
    expect(await page()).toContain("No alarm.");
  });

  it("says why a bot does not answer, and what helps", async () => {
    const lastError = { code: "startFailed" as const, message: "The bot did not start: no image.", next: "Mend it." };
    const html = await page(withStatus({ state: "failed", lastError }));
    expect(html).toContain("The bot did not start: no image.");
    expect(html).toContain("Mend it.");
  });

  it("names every button and field, and asks before what can lose something", async () => {
    const html = await page();
    const acts = [...html.matchAll(/data-act="([\w-]+)"/g)].map(([, act]) => act);
    expect(acts).toEqual(["wake", "snapshot", "drill", "restart-gateway", "restart", "stop"]);
    const asked = [...html.matchAll(/<dialog id="ask-([\w-]+)" aria-labelledby/g)].map(([, act]) => act);
    expect(asked).toEqual(["restart-gateway", "restart", "stop", "restore"]);
    expect(html).toContain("<noscript>");
  });

  it("says what it can while the Agent does not answer", async () => {
    const bindings = withAgent({
      status: () => {
        throw new Error("the object was reset");
      },
      tokens: () => {
        throw new Error("the object was reset");
      },
    });
    const html = await page(bindings);
    expect(html).toContain("No answer");
    expect(html).toContain("This cannot be told just now: the object was reset");
    expect(html).toContain('data-act="wake"');
    expect((await live("", bindings)).rests).toBeNull();
  });

  it.each([
    ["ready", "running", "Ready", "false"],
    ["stopped", "asleep", "Asleep", "true"],
    ["stopped", "stopped", "Stopped", "true"],
    ["absent", "running", "No container", "false"],
    ["starting", "running", "Hermes starts", "false"],
    ["failed", "running", "Failed", "true"],
  ] as const)("says in a glance that a bot is %s (%s)", async (state, desired, word, rests) => {
    const html = await page(withStatus({ state, desired }));
    expect(html).toMatch(
      new RegExp(`<p class="state \\w+" id="state"><span class="dot" aria-hidden="true"></span>${word}`),
    );
    expect(html).toContain(`data-rests="${rests}"`);
  });
});

describe("an open console", () => {
  it("is sent what is another, and nothing else", async () => {
    const status = aStatus();
    const has = marksOf(await page(withAgent({ status: () => status })));
    expect(has.split(",")).toHaveLength(8);
    expect((await live(has, withAgent({ status: () => status }))).parts).toEqual({});
    const busy = await live(has, withAgent({ status: () => ({ ...status, activeRuns: 1 }) }));
    expect(Object.keys(busy.parts)).toEqual(["glance"]);
  });

  it("is told of another version of the Worker", async () => {
    const { version } = await live("");
    expect(await page()).toContain(`data-version="${version}"`);
    declare({ maxConcurrentRuns: 3 });
    expect((await live("")).version).not.toBe(version);
  });

  it("offers a log-out to whoever has logged in", async () => {
    const cookie = await loggedIn(origin);
    const html = await (
      await ask("/console", { headers: { cookie, ...opening, "sec-fetch-mode": "navigate" } })
    ).text();
    expect(html).toContain('action="/logout"');
    expect(await page()).not.toContain('action="/logout"');
  });
});
