/**
 * A Worker with the real boxes and the real inside door, and an Agent that lets every run write: for tests of what a program
 * in a container reaches. `POST /<agent|care>/<role>` runs the body as a command with the credential of that role; `PUT /<agent|care>/<id>`
 * starts it as a background process, and answers with the sessions of the SDK's server; `GET` and `DELETE` look at that process, and end it.
 * `/<agent|care>/meter`: `GET` tells whether the container runs and how many looks at what it uses are due, `PUT` has one made at once by
 * the SDK's alarm, `POST` makes it, `DELETE` ends the container. `GET /usage` is the book.
 */
import { DurableObject } from "cloudflare:workers";
import { getSandbox } from "@cloudflare/sandbox";
import { monthOf } from "../days.ts";
import type { Box } from "../sandbox/box.ts";
import type { ReachableBox } from "../sandbox/reachableBox.ts";
import { sandboxBox } from "../sandbox/sandboxBox.ts";
import type { RepositoryAccess } from "../snapshots/access.ts";
import { issueCredential } from "../snapshots/credential.ts";
import { isRole } from "../snapshots/rights.ts";
import { UsageBook, type Used } from "../usage/book.ts";
import type { Reading } from "../usage/reading.ts";

export { ContainerProxy } from "@cloudflare/sandbox";
export { AgentBox } from "../sandbox/agentBox.ts";
export { CareBox } from "../sandbox/otherBoxes.ts";

export class Agent extends DurableObject {
  repositoryAccess(): RepositoryAccess {
    return { write: "yes", indexesUntil: null };
  }

  boxEnded(): void {}
}

/** The real book, without the money. */
export class Spend extends DurableObject {
  private readonly book = new UsageBook(this.ctx.storage.sql, () => Date.now());

  used(reading: Reading): void {
    this.book.read(reading);
  }

  month(): Used[] {
    return this.book.month(monthOf(Date.now()));
  }
}

type BoxNamespace = DurableObjectNamespace<ReachableBox>;
interface Env {
  readonly AGENT_BOX: BoxNamespace;
  readonly CARE_BOX: BoxNamespace;
  readonly SPEND: DurableObjectNamespace<Spend>;
  readonly SESSION_KEY: string;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const [, box = "", role = ""] = new URL(request.url).pathname.split("/");
    if (box === "usage") return Response.json(await env.SPEND.getByName("spend").month());
    const namespace = box === "care" ? env.CARE_BOX : env.AGENT_BOX;
    if (role === "meter") return meter(namespace, box, request.method);
    if (request.method !== "POST")
      return background(
        sandboxBox(namespace, () => box),
        role,
        request,
      );
    if (!isRole(role)) return new Response("no such role", { status: 404 });
    const boxId = namespace.idFromName(box).toString();
    const terms = { role, run: `run-of-${role}`, boxId, until: Date.now() + 600_000 };
    const { username, password } = await issueCredential(env, terms);
    const sandbox = getSandbox(namespace, box, { keepAlive: true, enableDefaultSession: false, transport: "http" });
    const { exitCode, stdout, stderr } = await sandbox.exec(await request.text(), {
      env: { RESTIC_REST_USERNAME: username, RESTIC_REST_PASSWORD: password, RESTIC_PASSWORD: "of this test" },
    });
    return Response.json({ exitCode, stdout, stderr });
  },
};

async function meter(namespace: BoxNamespace, name: string, method: string): Promise<Response> {
  const stub = namespace.getByName(name);
  if (method === "PUT") await stub.schedule(0, "readMeter");
  if (method === "POST") await stub.readMeter();
  if (method === "DELETE") await sandboxBox(namespace, () => name).destroy();
  const due = (await stub.listSchedules("readMeter")) as readonly unknown[]; // its generic result is not typed across objects
  return Response.json({ running: await stub.isRunning(), due: due.length });
}

/** Where the SDK's server listens. */
const sdkPort = 3000;

async function background(box: Box, id: string, request: Request): Promise<Response> {
  if (request.method === "PUT") {
    await box.start(id, await request.text(), {});
    return box.fetch(sdkPort, new Request("http://box/api/session/list"));
  }
  if (request.method === "DELETE") await box.kill(id);
  return Response.json((await box.process(id)) ?? null);
}
