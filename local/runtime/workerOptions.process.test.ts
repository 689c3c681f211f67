import { Log, LogLevel, Miniflare } from "miniflare";
import { expect, it, onTestFinished } from "vitest";
import { bindingSchema } from "../cloudflare/workers/bindings.ts";
import { workerConfig } from "./workerOptions.ts";

const sends = `export default { fetch: (_request, { MAIL }) => MAIL
  .send({ from: { email: "bot@example.com", name: "Talaria" }, to: "ada@example.com", subject: "x", text: "y" })
  .then(() => new Response("sent"), (error) => new Response(String(error), { status: 500 })) }`;

it("runs a Worker that sends e-mail through a binding for one sender and one recipient", async () => {
  const mail = { destination_address: "ada@example.com", allowed_sender_addresses: ["bot@example.com"] };
  const answers: string[] = [];
  for (const sender of ["bot@example.com", "another@example.com"]) {
    const binding = { type: "send_email", name: "MAIL", ...mail, allowed_sender_addresses: [sender] } as const;
    expect(bindingSchema.parse(binding)).toEqual(binding);
    const module = {
      name: "index.js",
      contentType: "application/javascript+module",
      content: new TextEncoder().encode(sends),
    };
    const deployed = {
      ...{ name: "bot", mainModule: "index.js", modules: [module], bindings: [binding], classes: {} },
      ...{ compatibilityDate: "2026-11-01", compatibilityFlags: [] },
    };
    const config = workerConfig(deployed, { accessKeyId: "a", secretAccessKey: "s" });
    const miniflare = new Miniflare({ workers: [{ config }], cf: false, log: new Log(LogLevel.NONE) });
    onTestFinished(() => miniflare.dispose());
    answers.push(await (await miniflare.dispatchFetch("http://bot/")).text());
  }
  expect(answers).toEqual(["sent", expect.stringContaining("not allowed")]);
});

it("takes no e-mail binding with an address that is none", () => {
  const binding = { type: "send_email", name: "MAIL", destination_address: "ada" };
  expect(bindingSchema.safeParse(binding).success).toBe(false);
});
