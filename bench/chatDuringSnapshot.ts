/** A chat with the real Hermes while a snapshot is made, against the same chat while none is. */
import { Snapshots } from "../e2e/snapshots.ts";
import { chat } from "./chat.ts";
import { median, quantile } from "./statistics.ts";
import { duration, printTable, ratio } from "./table.ts";
import { withLocal } from "./withLocal.ts";

const rounds = 6;
const chatsEach = 10;
const homeMb = 100;

export function chatDuringSnapshot(): Promise<void> {
  return withLocal(async (local) => {
    const endpoint = { url: local.url, token: local.clientToken };
    const snapshots = new Snapshots(local);
    const fill = (name: string, megabytes: number) =>
      local.talaria(["chat", "--no-stream", `RUN head -c ${megabytes}M /dev/urandom > $HOME/${name} && echo filled`]);
    await fill("ballast", homeMb);
    await snapshots.take();
    for (let warm = 0; warm < 5; warm++) await chat(endpoint, { stream: false });
    const [quiet, during]: [number[], number[]] = [[], []];
    let made = 0;
    for (let round = 0; round < rounds; round++) {
      for (let one = 0; one < chatsEach; one++) quiet.push((await chat(endpoint, { stream: false })).whole);
      await fill("changed", 10);
      let over = false;
      const taken = (async () => {
        while (!over) {
          await snapshots.take();
          made++;
        }
      })();
      for (let one = 0; one < chatsEach; one++) during.push((await chat(endpoint, { stream: false })).whole);
      over = true;
      await taken;
    }
    const row = (title: string, of: (samples: readonly number[]) => number) => [
      title,
      duration(of(during)),
      duration(of(quiet)),
      ratio(of(during), of(quiet)),
    ];
    printTable(`chat: ${rounds * chatsEach} during ${made} snapshots of a home of ${homeMb} MB, as many without`, [
      ["", "during", "without", "ratio"],
      row("p50", median),
      row("p95", (samples) => quantile(samples, 0.95)),
    ]);
  });
}
