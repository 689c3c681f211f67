/** A copy of the checkout's sources to edit, with the same installed packages. */
import fs from "node:fs/promises";
import path from "node:path";
import { checkout } from "../local/paths.ts";

const left = ["node_modules", ".git", ".talaria", ".wrangler"];

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
    const text = await fs.readFile(path.join(checkout, file), "utf8");
    await fs.writeFile(path.join(this.folder, file), `${text}${line}\n`);
  }
}
