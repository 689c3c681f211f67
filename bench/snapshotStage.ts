/** A stage of the torture as a bench needs it: a home of a given size that nobody writes. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { Stage } from "../e2e/torture/stage.ts";
import { findTools } from "../e2e/torture/tools.ts";

/** Milliseconds: longer than any bench. */
const never = 86_400_000;

/** Starts one, calls `work`, and ends it with all that it left. */
export async function withStage(megabytes: number, work: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = await Stage.start({
    tools: await findTools(),
    pauseMs: never,
    ballastKb: megabytes * 1024,
    entry: "bench/fixtures/snapshotsWorker.js",
    bindings: [{ name: "BACKUP_BUCKET", type: "r2_bucket", bucket_name: "sdk-backups" }],
  });
  try {
    const woken = await stage.post("/api/wake");
    if (woken.status !== 200) throw new Error(`wake: ${woken.status} ${woken.text}`);
    await work(stage);
  } finally {
    await stage.stop();
  }
}

/** The home of the bot that runs. */
export function homeOf(stage: Stage): string {
  const container = stage.container();
  if (container === undefined) throw new Error("no container runs");
  return path.join(container.root, "home", "hermes");
}

/**
 * Kills the container that runs and waits until the Agent knows. Its home's files stay, under other names, until the stage
 * ends: ext4 looks at each file that was deleted within the last minutes before it makes a new one (`recently_deleted` in
 * fs/ext4/ialloc.c), so a home that goes makes the next one seconds slower, which a container's own disk never sees.
 */
export async function killContainer(stage: Stage): Promise<void> {
  const container = stage.container();
  if (container) {
    const kept = path.join(stage.folder, "killed", path.basename(container.root));
    fs.mkdirSync(path.dirname(kept), { recursive: true });
    execFileSync("cp", ["--archive", "--link", path.join(container.root, "home"), kept]);
    process.kill(container.pid, "SIGKILL");
  }
  await stage.until("gone", 30, ({ state }) => state !== "ready");
}

let version = 0;

/** Writes this share (0 to 1) of the home's large files anew, one at least unless the share is 0. */
export function change(stage: Stage, share: number): void {
  const folder = path.join(homeOf(stage), ".hermes", "ballast");
  const files = fs.readdirSync(folder);
  for (const file of files.slice(0, share === 0 ? 0 : Math.max(1, Math.round(files.length * share)))) {
    const { size } = fs.statSync(path.join(folder, file));
    version++;
    const chunks = Array.from({ length: size / 32 }, (_, n) => createHash("sha256").update(`${version} ${n}`).digest());
    const content = Buffer.concat(chunks);
    fs.rmSync(path.join(folder, file));
    fs.writeFileSync(path.join(folder, createHash("sha256").update(content).digest("hex").slice(0, 16)), content);
  }
}
