/** A copy of the checkout's sources to edit, with the same installed packages and, where it is asked for, a history of its own. */
import fs from "node:fs/promises";
import path from "node:path";
import { checkout } from "../local/paths.ts";
import { run } from "../local/toolchain/run.ts";
import { mustPass } from "./commands.ts";

const left = ["node_modules", ".git", ".talaria", ".wrangler"];
/** Nothing of the user's own git: no name, no signature, no hook. */
const author = ["-c", "user.name=test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false"];

export class CheckoutCopy {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Copies into a folder that is not there yet. */
  static async make(folder: string): Promise<CheckoutCopy> {
    await fs.mkdir(folder);
    for (const name of await fs.readdir(checkout)) {
      if (!left.includes(name)) await fs.cp(path.join(checkout, name), path.join(folder, name), { recursive: true });
    }
    await fs.symlink(path.join(checkout, "node_modules"), path.join(folder, "node_modules"));
    return new CheckoutCopy(folder);
  }

  /** Adds one line at the end of a file, or replaces the one that the last call added. */
  async setLastLine(file: string, line: string): Promise<void> {
    await this.edit(file, (text) => `${text}${line}\n`);
  }

  /** Writes a file as the checkout has it, changed. */
  async edit(file: string, change: (text: string) => string): Promise<void> {
    const text = await fs.readFile(path.join(checkout, file), "utf8");
    await fs.writeFile(path.join(this.folder, file), change(text));
  }

  /** Commits everything, the first time into a new repository. */
  async commit(message: string): Promise<void> {
    await this.git(["init", "--quiet"]);
    await this.git(["add", "--all"]);
    await this.git([...author, "commit", "--quiet", "--no-verify", "--message", message]);
  }

  private async git(args: readonly string[]): Promise<void> {
    const result = await run("git", ["-C", this.folder, ...args]);
    mustPass({ ...result, output: result.stdout + result.stderr });
  }
}
