/** The repository from inside real containers of the process engine, through the SDK's boxes and the inside door. */

import { afterAll, beforeAll, expect, it } from "vitest";
import { ensureRestic } from "../local/toolchain/restic.ts";
import { type Boxes, startBoxes } from "./boxes.ts";

let boxes: Boxes;
beforeAll(async () => {
  boxes = await startBoxes((await ensureRestic({ progress: () => {} })).program);
});
afterAll(() => boxes?.stop());

/** Runs a command in a box's container with the credential of a role. */
async function inside(box: "agent" | "care", role: string, command: string) {
  const answer = await fetch(`${boxes.url}/${box}/${role}`, { method: "POST", body: command });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status}: ${text}`);
  return JSON.parse(text) as { exitCode: number; stdout: string; stderr: string };
}
const restic = (words: string) =>
  `RESTIC_REPOSITORY=rest:$TALARIA_URL/snapshots/ RESTIC_CACHE_DIR=$TMPDIR/cache restic ${words}`;
/** A shell command that prints the status of a path of the inside host. */
const status = (route: string) =>
  `node -e 'fetch(process.env.TALARIA_URL + "${route}").then((r) => process.stdout.write(String(r.status)))'`;

it("is written by the agent's container and read by the one of drills, which has rights of its own", async () => {
  const save = `mkdir -p saved && echo "a memory" > saved/MEMORY.md && ${restic("init")} && ${restic("backup saved")}`;
  expect(await inside("agent", "backup", save)).toMatchObject({ exitCode: 0 });
  const target = "--no-lock restore latest --target restored";
  const restore = `${restic(target)} && find restored -name MEMORY.md -exec cat {} +`;
  expect((await inside("care", "drill", restore)).stdout).toContain("a memory");
});

it("refuses in each container the roles of the other", async () => {
  for (const [box, role] of [
    ["agent", "maintenance"],
    ["agent", "drill"],
    ["care", "backup"],
  ] as const) {
    const { exitCode, stderr } = await inside(box, role, restic("--no-lock snapshots"));
    expect([exitCode, stderr], `${role} in ${box}`).toEqual([1, expect.stringContaining("403")]);
  }
});

it("gives the container of drills nothing else of the inside host", async () => {
  expect((await inside("care", "drill", status("/declaration"))).stdout).toBe("403");
  expect((await inside("care", "drill", status("/snapshots/config"))).stdout).toBe("401");
  expect((await inside("agent", "backup", status("/declaration"))).stdout).toBe("200");
});

it("starts a background process in no session, whose shell it would die with, and ends its whole group", async () => {
  const about = async (method: string, body?: string) =>
    (await fetch(`${boxes.url}/agent/background`, { method, body: body ?? null })).json();
  expect(await about("PUT", "sleep 4721 & sleep 4721")).toMatchObject({ data: [] });
  expect(await about("GET")).toMatchObject({ alive: true });
  expect(await about("DELETE")).toMatchObject({ alive: false });
  expect(await inside("agent", "backup", "pgrep -f 'sleep 4721$' || echo none")).toMatchObject({ stdout: "none\n" });
});
