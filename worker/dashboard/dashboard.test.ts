import { describe, expect, it } from "vitest";
import type { BotError } from "../errors.ts";
import { type Box, BoxUnreachable } from "../sandbox/box.ts";
import { Dashboard } from "./dashboard.ts";

/** A container in which `talaria-dashboard` can be started, over a clock in hand. */
class DashboardBox implements Pick<Box, "fetch" | "start" | "process" | "output" | "kill"> {
  readonly keys = new Map<string, string>();
  readonly killed: string[] = [];
  readonly seen: Request[] = [];
  readonly closed: (string | null)[] = [];
  alive: string | undefined;
  /** Questions until it serves. */
  servesAfter = 2;
  exit: { code: number; output: string } | undefined;
  use = { open: 0, idleSeconds: 0 };

  async start(id: string, command: string, env: Record<string, string>): Promise<void> {
    expect(command).toBe("talaria-dashboard");
    this.keys.set(id, env.TALARIA_DASHBOARD_KEY ?? "");
    if (!this.exit) this.alive = id;
  }
  async process(id: string) {
    if (!this.keys.has(id)) return undefined;
    return { alive: this.alive === id, exitCode: this.alive === id ? undefined : (this.exit?.code ?? 143) };
  }
  async output() {
    return this.exit?.output ?? "";
  }
  async kill(id: string) {
    this.killed.push(id);
    if (this.alive === id) this.alive = undefined;
  }
  async fetch(_port: number, request: Request): Promise<Response> {
    if (this.alive === undefined || this.servesAfter-- > 0) throw new BoxUnreachable("not listening");
    if (request.headers.get("x-talaria-dashboard-key") !== this.keys.get(this.alive))
      return new Response("", { status: 401 });
    if (new URL(request.url).pathname === "/.talaria/use") return Response.json(this.use);
    if (new URL(request.url).pathname === "/.talaria/close") this.closed.push(request.headers.get("x-talaria-session"));
    this.seen.push(request);
    return new Response("a page");
  }
}

function aDashboard({ box = new DashboardBox(), stored = new Map<string, unknown>() } = {}) {
  const clock = { now: 0 };
  const awake = { is: true };
  const background: Promise<unknown>[] = [];
  const dashboard = new Dashboard({
    box: box as unknown as Box,
    storage: {
      get: (key) => structuredClone(stored.get(key)),
      put: (key, value) => void stored.set(key, structuredClone(value)),
      delete: (key) => stored.delete(key),
      list: () => [],
    },
    mayStart: async () => awake.is,
    inBackground: (_what, work) => void background.push(work()),
    log: () => {},
    now: () => clock.now,
    pause: async (ms) => {
      clock.now += ms;
    },
  });
  const settled = async () => {
    while (background.length > 0) await background.shift();
  };
  const ask = () =>
    dashboard.answer(new Request("http://agent/dashboard/sessions?a=b")).catch((error: BotError) => error.code);
  return { dashboard, box, awake, settled, ask, stored };
}

describe("the dashboard in its container", () => {
  it("is started by the first request in a bot that is awake, and answers from then on, on Hermes' own paths", async () => {
    const { ask, settled, box } = aDashboard();
    expect(await ask()).toBe("dashboardStarting");
    expect(await ask()).toBe("dashboardStarting");
    await settled();
    expect(await ((await ask()) as Response).text()).toBe("a page");
    expect(box.keys.size).toBe(1);
    expect(box.seen.map(({ url }) => url)).toEqual(["http://agent/sessions?a=b"]);
  });

  it("is neither started nor asked in a bot that is not awake", async () => {
    const { ask, settled, awake, box, dashboard } = aDashboard();
    awake.is = false;
    expect(await ask()).toBe("dashboardAsleep");
    await settled();
    expect([box.keys.size, (await dashboard.state()).dashboard]).toEqual([0, "down"]);
  });

  it("is started anew when it has ended, with another key", async () => {
    const { ask, settled, box } = aDashboard();
    await ask();
    await settled();
    box.alive = undefined;
    box.servesAfter = 0;
    expect(await ask()).toBe("dashboardStarting");
    await settled();
    expect(await ask()).toBeInstanceOf(Response);
    expect(new Set(box.keys.values()).size).toBe(2);
    for (const key of box.keys.values()) expect(key).toMatch(/^[0-9a-f]{64}$/);
  });

  it("is found again by an object that was reset while it started", async () => {
    const before = aDashboard();
    before.box.servesAfter = 1_000_000; // loads for long
    await before.ask();
    await Promise.resolve();
    await Promise.resolve();
    const after = aDashboard(before);
    before.box.servesAfter = 3;
    expect(await after.ask()).toBe("dashboardStarting");
    await after.settled();
    expect(await after.ask()).toBeInstanceOf(Response);
    expect(before.box.keys.size).toBe(1);
  });

  it.each([
    [78, '{"error":{"code":"dashboard_not_built","message":"m","next":"n"}}', "dashboardNotBuilt", /not built/],
    [
      70,
      'a warning\n{"error":{"code":"dashboard_failed","message":"no memory","next":"n"}}',
      "dashboardFailed",
      /no memory/,
    ],
    [137, "Killed", "dashboardFailed", /exit code 137/],
  ])("that ends with %i says why, once, and is tried again", async (code, output, told, words) => {
    const { ask, settled, box, dashboard } = aDashboard();
    box.exit = { code, output };
    await ask();
    await settled();
    expect((await dashboard.state()).problem?.message).toMatch(words);
    expect(await ask()).toBe(told);
    box.exit = undefined;
    expect(await ask()).toBe("dashboardStarting");
    await settled();
    expect(await ask()).toBeInstanceOf(Response);
  });

  it("that hangs is ended", async () => {
    const { ask, settled, box, dashboard } = aDashboard();
    box.servesAfter = 1_000_000;
    await ask();
    await settled();
    expect(box.killed).toEqual(["dashboard-1"]);
    expect((await dashboard.state()).problem?.code).toBe("dashboardFailed");
  });

  it("is in use while a browser has it open, and a little longer", async () => {
    const { ask, settled, box, dashboard } = aDashboard();
    expect(await dashboard.inUse()).toBe(false);
    await ask();
    await settled();
    box.use = { open: 1, idleSeconds: 0 };
    expect(await dashboard.inUse()).toBe(true);
    box.use = { open: 0, idleSeconds: 80 };
    expect(await dashboard.inUse()).toBe(true);
    box.use = { open: 0, idleSeconds: 100 };
    expect(await dashboard.inUse()).toBe(false);
  });

  it("is ended before the bot rests, and what never ran is left alone", async () => {
    const { ask, settled, box, dashboard } = aDashboard();
    await dashboard.end();
    await ask();
    await settled();
    await dashboard.end();
    await dashboard.end();
    expect(box.killed).toEqual(["dashboard-1"]);
    expect((await dashboard.state()).dashboard).toBe("down");
  });

  it("cuts what a log-in that has ended holds open, and is not started for that", async () => {
    const { ask, settled, box, dashboard } = aDashboard();
    await dashboard.closeSession("a digest");
    expect(box.keys.size).toBe(0);
    await ask();
    await settled();
    await dashboard.closeSession("a digest");
    await dashboard.closeSession("every");
    expect(box.closed).toEqual(["a digest", "every"]);
  });
});
