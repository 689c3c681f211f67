/** The folder of one container: it appears with the container and goes with it. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { ContainerFolders } from "../program.ts";

/**
 * `/tmp/talaria-<uid>`, private to the user. Never under a home directory, which Hermes refuses as a working
 * directory, and short, because programs put unix sockets (104 bytes at most) below it.
 */
export function engineRoot(): string {
  const root = path.join("/tmp", `talaria-${os.userInfo().uid}`);
  fs.mkdirSync(root, { recursive: true, mode: 0o700 });
  const found = fs.lstatSync(root);
  if (!found.isDirectory() || found.uid !== os.userInfo().uid)
    throw new Error(`${root} belongs to someone else, so containers cannot be put there. Remove it and start again.`);
  fs.chmodSync(root, 0o700);
  return root;
}

/**
 * Makes the folders of a container. `workspace` is where its programs see the workspace; by default where it lies.
 */
export function makeFolders(name: string, workspace?: string): ContainerFolders {
  const root = path.join(engineRoot(), name);
  const folders = {
    root,
    home: path.join(root, "home", "hermes"),
    workspace: ownWorkspace(root),
    run: path.join(root, "run", "talaria"),
    managed: path.join(root, "etc", "hermes"),
    tmp: path.join(root, "tmp"),
  };
  for (const folder of Object.values(folders)) fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  return workspace === undefined ? folders : { ...folders, workspace };
}

/** Where the workspace of a container lies on this machine. */
export function ownWorkspace(root: string): string {
  return path.join(root, "workspace");
}

/** Makes HOME where an image has it in the workspace. `home` is a path as the container's programs see it. */
export function makeHome(folders: ContainerFolders, home: string): void {
  const inside = path.relative(folders.workspace, home);
  if (inside === "" || inside.startsWith("..")) return;
  fs.mkdirSync(path.join(ownWorkspace(folders.root), inside), { recursive: true, mode: 0o700 });
}

/** The contract's environment for those folders. */
export function folderEnv(folders: ContainerFolders): Record<string, string> {
  return {
    HOME: folders.home,
    TALARIA_HOME: folders.home,
    TALARIA_WORKSPACE: folders.workspace,
    TALARIA_RUN: folders.run,
    HERMES_MANAGED_DIR: folders.managed,
    TMPDIR: folders.tmp,
  };
}

/** Removes a container's folder, also while a dying process still writes into it. */
export function removeFolder(root: string): Promise<void> {
  return fs.promises.rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
