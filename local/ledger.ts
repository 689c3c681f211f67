/** A ledger of a stand-in: what it served, oldest first, and one line of JSON for each in a file. */
import { appendFileSync, mkdirSync } from "node:fs";
import path from "node:path";

/** Entries since the start, also appended to `file` when one is given. */
export class Ledger<Entry> {
  private readonly list: Entry[] = [];
  private readonly file: string | undefined;

  constructor(file: string | undefined) {
    this.file = file;
    if (file !== undefined) mkdirSync(path.dirname(file), { recursive: true });
  }

  /** Adds one served request. */
  add(entry: Entry): void {
    this.list.push(entry);
    if (this.file !== undefined) appendFileSync(this.file, `${JSON.stringify(entry)}\n`);
  }

  /** A copy, oldest first. */
  entries(): Entry[] {
    return [...this.list];
  }
}
