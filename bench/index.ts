/** `npm run bench [-- NAME…]`: runs the named benches, or all, one after the other. */

import { chatDuringSnapshot } from "./chatDuringSnapshot.ts";
import { coldstart } from "./coldstart.ts";
import { execCommands } from "./exec.ts";
import { history } from "./history.ts";
import { modelProxy } from "./modelProxy.ts";
import { operations } from "./operations.ts";
import { overhead } from "./overhead.ts";
import { preview } from "./preview.ts";
import { size } from "./size.ts";
import { snapshots } from "./snapshots.ts";

const benches: Readonly<Record<string, () => Promise<void>>> = {
  ...{ overhead, coldstart, preview, size },
  ...{ snapshots, history, operations, chatDuringSnapshot, exec: execCommands, modelProxy },
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(
    `error: no bench is called ${unknown.join(", ")}. There are: ${Object.keys(benches).join(", ")}\n` +
      "       npm run bench -- overhead size",
  );
  process.exit(1);
}
for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length === 0 || wanted.includes(name)) await bench();
}
