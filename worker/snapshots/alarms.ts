import * as z from "zod";
import type { KeyStorage } from "../storage.ts";

/** Something that a person should look at. */
export interface Alarm {
  readonly code: string;
  readonly message: string;
  /** ISO 8601. */
  readonly since: string;
}

const alarmsSchema = z.array(z.object({ code: z.string(), message: z.string(), since: z.string() }));

/** Alarms that stay until somebody has looked; what can be seen from the state itself is none of these. */
export class Alarms {
  private readonly storage: KeyStorage;
  private readonly now: () => number;

  constructor(storage: KeyStorage, now: () => number) {
    this.storage = storage;
    this.now = now;
  }

  get all(): Alarm[] {
    return alarmsSchema.safeParse(this.storage.get("alarms")).data ?? [];
  }

  /** Raises it, or renews its message: `since` stays. */
  raise(code: string, message: string): void {
    const since = this.all.find((alarm) => alarm.code === code)?.since ?? new Date(this.now()).toISOString();
    this.storage.put("alarms", [...this.all.filter((alarm) => alarm.code !== code), { code, message, since }]);
  }

  clear(code: string): void {
    this.storage.put(
      "alarms",
      this.all.filter((alarm) => alarm.code !== code),
    );
  }
}
