/**
 * What `./talaria init` asks of this side: one JSON order a line on stdin, one JSON answer a line on stdout. So the command line
 * knows neither keys nor checks, and both sides are one list. Secrets go through these pipes, never into an argument or a file.
 */
import { createInterface } from "node:readline";
import { z } from "zod";
import { answer, orderSchema } from "./orders.ts";

for await (const line of createInterface({ input: process.stdin })) {
  const order = orderSchema.safeParse(JSON.parse(line));
  const said = order.success ? await answer(order.data) : { refused: z.prettifyError(order.error) };
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
