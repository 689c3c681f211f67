/**
 * One path for the workspace of every container, as `/workspace` is in the images: each process of a container enters a
 * mount namespace of its own, in which the container's folder is bound onto a mount point that all of them share. The
 * binding goes with the last process of the namespace; nothing of it is seen outside.
 */
import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Log } from "../engine.ts";

export interface SharedWorkspace {
  /** The mount point: what a container's programs find in `TALARIA_WORKSPACE`. */
  readonly path: string;
  /** `command` below the namespace, begun in `cwd`, with the folder `own` at {@link path}. */
  enter(own: string, cwd: string, command: readonly string[]): readonly string[];
}

/** Binds $2 onto $3 with the program $1, goes to $4 (127 as for a program that is missing), and becomes the rest. */
const bindAndGo = '"$1" --bind "$2" "$3" && { cd -- "$4" || exit 127; } && shift 4 && exec "$@"';

/**
 * Makes the mount point below `root` and tries the way in. Where the kernel or the machine does not allow it, undefined:
 * each container then has a path of its own, and `log` says so once.
 */
export async function sharedWorkspace(root: string, log: Log): Promise<SharedWorkspace | undefined> {
  const [unshare, mount] = [onPath("unshare"), onPath("mount")];
  if (!unshare || !mount) return refused(log, "this machine has no `unshare` and `mount` of util-linux");
  const mountPoint = path.join(root, "workspace");
  fs.mkdirSync(mountPoint, { recursive: true, mode: 0o500 }); // nothing is to be left in it by accident
  const { uid, gid } = os.userInfo();
  // An ordinary user may mount as the root of a user namespace of his; a second one gives his own id back.
  const [asRoot, asUser] =
    uid === 0
      ? [[], []]
      : [
          ["--user", "--map-root-user"],
          [unshare, "--user", `--map-user=${uid}`, `--map-group=${gid}`, "--"],
        ];
  const enter: SharedWorkspace["enter"] = (own, cwd, command) => {
    const shell = ["/bin/sh", "-c", bindAndGo, "sh", mount, own, mountPoint, cwd];
    return [unshare, ...asRoot, "--mount", "--", ...shell, ...asUser, ...command];
  };
  const problem = await trial(root, mountPoint, enter);
  return problem === undefined ? { path: mountPoint, enter } : refused(log, problem);
}

/** Enters once and looks: the user is the same, and what lies at the mount point is the folder. */
async function trial(root: string, mountPoint: string, enter: SharedWorkspace["enter"]): Promise<string | undefined> {
  const own = fs.mkdtempSync(path.join(root, "trial-"));
  try {
    fs.writeFileSync(path.join(own, "here"), "");
    const look = `test "$(id -u)" = ${os.userInfo().uid} && test -f "${mountPoint}/here" && test -O "${own}/here"`;
    const [program = "", ...args] = enter(own, mountPoint, ["/bin/sh", "-c", look]);
    await promisify(execFile)(program, args);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error);
  } finally {
    fs.rmSync(own, { recursive: true, force: true });
  }
}

function refused(log: Log, problem: string): undefined {
  const text = `The workspace has another path in each container, unlike in the images: no private mounts here (${problem}).`;
  log({ worker: undefined, level: "warn", text });
}

function onPath(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(path.delimiter), "/usr/bin", "/bin"];
  return folders.map((folder) => path.join(folder, program)).find((file) => fs.existsSync(file));
}
