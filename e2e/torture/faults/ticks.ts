/** Everybody asks at once: ticks of the clock, snapshots, wakes. */
import type { Fault } from "../fault.ts";

export function ticks(): Fault[] {
  const crowd = (verb: Fault["verb"], at: string): Fault => ({
    kind: "ticks at once",
    at,
    verb,
    async strike(stage) {
      const ticks = Array.from({ length: 5 }, () => stage.tick());
      const asked =
        verb === "snapshot" ? ["/api/snapshot", "/api/snapshot"] : ["/api/wake", "/api/wake", "/api/snapshot"];
      await Promise.allSettled([...ticks, ...asked.map((route) => stage.post(route))]);
      return undefined;
    },
  });
  return [
    crowd("snapshot", "five ticks and two more snapshots during a snapshot"),
    crowd("restore", "five ticks, two wakes and a snapshot during a restore"),
  ];
}
