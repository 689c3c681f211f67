import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Env } from "../env.ts";
import { answerInside } from "./inside.ts";

const bindings = { ...(env as Env), SESSION_KEY: JSON.stringify({ current: "talaria-session-of-this-test" }) };

async function ask(className: string, path: string) {
  const request = new Request(`http://talaria.internal${path}`);
  const answer = await answerInside(request, bindings, { className, containerId: "box-1" });
  const { error } = (await answer.json()) as { error?: { code: string } };
  return [answer.status, error?.code];
}

describe("the inside host", () => {
  it("gives the agent's container the declaration", async () => {
    expect(await ask("AgentBox", "/declaration")).toEqual([200, undefined]);
  });

  it("is closed to the container of maintenance but for the snapshots, which want a credential", async () => {
    for (const path of ["/declaration", "/model/v1/chat/completions", "/", "/snapshotsx", "/other"])
      expect(await ask("CareBox", path)).toEqual([403, "insideOnly"]);
    expect(await ask("CareBox", "/snapshots/config")).toEqual([401, "repositoryLogin"]);
  });

  it("wants a credential for the snapshots of the agent's container too", async () => {
    expect(await ask("AgentBox", "/snapshots/config")).toEqual([401, "repositoryLogin"]);
  });

  it("is closed to everyone else", async () => {
    for (const path of ["/declaration", "/snapshots/config", "/model/v1/models"])
      expect(await ask("ExecBox", path)).toEqual([403, "insideOnly"]);
  });
});
