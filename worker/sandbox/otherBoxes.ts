import { Sandbox } from "@cloudflare/sandbox";
import type { Env } from "../env.ts";

/** Runs an agent's commands, apart from its memory. Has no inside host. */
export class ExecBox extends Sandbox<Env> {}

/** Runs maintenance of the snapshot repository, apart from the agent. */
export class CareBox extends Sandbox<Env> {}
