/** Records of ended processes on disk: a restarted server lists them again. */
import fs from "node:fs";
import path from "node:path";
import { isRecord } from "./call.ts";
import { messageOf } from "./fault.ts";
import type { ProcessRecord } from "./sandboxProcess.ts";

/** A folder with one JSON file per ended process. */
export class RecordStore {
  private readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  /** All readable records. A file that is not a record is passed over, as a missing one would be. */
  load(): ProcessRecord[] {
    if (!fs.existsSync(this.dir)) return [];
    return fs.readdirSync(this.dir).flatMap((name) => {
      try {
        const record: unknown = JSON.parse(fs.readFileSync(path.join(this.dir, name), "utf8"));
        return isProcessRecord(record) ? [record] : [];
      } catch {
        return []; // half written by a server that was killed
      }
    });
  }

  /** Keeps a record. On a full disk the server lives on, and only a restart misses the record. */
  save(record: ProcessRecord): void {
    try {
      fs.mkdirSync(this.dir, { recursive: true });
      fs.writeFileSync(this.file(record.id), JSON.stringify(record));
    } catch (error) {
      console.error(`sandboxd: the record of process ${record.id} is not kept: ${messageOf(error)}`);
    }
  }

  /** Forgets a record, because its id runs again. */
  remove(id: string): void {
    fs.rmSync(this.file(id), { force: true });
  }

  private file(id: string): string {
    return path.join(this.dir, `${encodeURIComponent(id)}.json`);
  }
}

function isProcessRecord(value: unknown): value is ProcessRecord {
  return (
    isRecord(value) &&
    ["id", "command", "status", "startTime", "stdout", "stderr"].every((key) => typeof value[key] === "string")
  );
}
