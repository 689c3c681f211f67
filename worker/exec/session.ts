import { DurableObject } from "cloudflare:workers";
import { declaration } from "../declaration.ts";
import { type BoxBinding, sandboxBox } from "../sandbox/sandboxBox.ts";
import { assembled, type SessionEnv, type SessionParts } from "./assembly.ts";
import { declaredWorkspace } from "./declaredWorkspace.ts";
import { jobUse, keeperUse } from "./leases.ts";
import { madeAs } from "./made.ts";
import type { SessionMeans } from "./means.ts";
import { sessionApp } from "./sessionApp.ts";
import { sessionHeader } from "./sessionCall.ts";

/** A keeper that was used so lately is not idle. */
const idleForOthersMs = 60_000;

type OwnEnv = SessionEnv & BoxBinding<"ExecBox">;

/** One Hermes session: its jobs, the container that holds its workspace, and what is told to the agent. */
export class ExecSession extends DurableObject<OwnEnv> {
  private readonly parts: SessionParts;
  private readonly app: ReturnType<typeof sessionApp>;

  /** @param given the declared policy and the SDK's boxes, unless a test says otherwise */
  constructor(ctx: DurableObjectState, env: OwnEnv, given: Partial<SessionMeans> = {}) {
    super(ctx, env);
    const box = (name: string) => sandboxBox(env.EXEC_BOX, () => name);
    const declared = declaredWorkspace(declaration);
    this.parts = assembled(ctx, env, { box, policy: declaration.exec, made: madeAs(declaration), declared, ...given });
    this.app = sessionApp(this.parts);
  }

  override async fetch(request: Request): Promise<Response> {
    const { storage } = this.parts;
    const name = request.headers.get(sessionHeader);
    if (name !== null && storage.get("session") !== name) storage.put("session", name);
    return this.app.fetch(request);
  }

  override alarm(): Promise<void> {
    return this.parts.alarm();
  }

  /** The pool asks whether a lease is still known here. */
  async holds(use: string): Promise<boolean> {
    const { keeper, jobs } = this.parts;
    return use === keeperUse ? keeper.isHeld : jobs.all().some((job) => jobUse(job.id) === use && job.state !== "done");
  }

  /** Another session needs a container: gives an idle one back, if its workspace is kept. */
  async yieldKeeper(): Promise<boolean> {
    const { keeper, policy, now } = this.parts;
    const { record } = keeper;
    if (!policy.persist || record === undefined || now() - record.usedAt < idleForOthersMs) return false;
    return keeper.giveBack("yielded");
  }
}
