/** restic's REST backend, version 2, over the bucket: `http://talaria.internal/snapshots/…`. What each role may: README.md. */
import { BotError, reasonOf } from "../errors.ts";
import type { Caller } from "../inside/caller.ts";
import type { Log } from "../log.ts";
import type { Bucket } from "../storage.ts";
import { counted } from "../usage/bucket.ts";
import type { AccessJudge, RepositoryAccess } from "./access.ts";
import { type Holder, holderOf } from "./credential.ts";
import { type RepositoryPath, repositoryPath, storedBy } from "./objects.ts";
import { headObject, listObjects, readObject, visibleIndexes } from "./read.ts";
import { mayAdd, mayRemove, rights } from "./rights.ts";
import { createRepository, storeObject } from "./write.ts";

/** Seconds after which a run may try again what waits for a prune. */
const pruneRetrySeconds = 10;

export interface RepositoryParts {
  readonly env: { readonly SNAPSHOTS: R2Bucket; readonly SESSION_KEY?: string };
  readonly caller: Caller;
  /** The Agent. */
  readonly judge: AccessJudge;
  readonly log: Log;
  readonly now: () => Date;
}

/** Everything about one request that was let in. */
interface Visit extends RepositoryParts {
  readonly request: Request;
  readonly bucket: Bucket;
  readonly holder: Holder;
}

/** Answers one request of restic. `path` is what follows `/snapshots/`. Never throws. */
export async function answerRepository(request: Request, path: string, parts: RepositoryParts): Promise<Response> {
  const { env, caller, log, now } = parts;
  try {
    const holder = await holderOf(request, env, caller, now());
    if (holder === "missing") throw new BotError("repositoryLogin");
    if (holder === "wrong") throw new BotError("repositoryCredential");
    const target = repositoryPath(path);
    if (target === undefined) throw new BotError("unknownPath", { method: request.method, path: `/snapshots/${path}` });
    return await answer({ ...parts, request, bucket: counted(env.SNAPSHOTS), holder }, target);
  } catch (error) {
    const problem = error instanceof BotError ? error : new BotError("repositoryFailed", { reason: reasonOf(error) });
    if (problem.code !== "repositoryBusy") {
      log("warn", problem.message, { code: problem.code, method: request.method, path, box: caller.className });
    }
    return told(problem);
  }
}

async function answer(visit: Visit, target: RepositoryPath): Promise<Response> {
  const { request, bucket } = visit;
  const { method } = request;
  if (target.kind === "root") {
    if (method !== "POST" || new URL(request.url).searchParams.get("create") !== "true") throw notServed(visit);
    await requireWrite(visit, mayAdd(visit.holder.role, "config"));
    return await createRepository(bucket);
  }
  if (target.kind === "list") return method === "GET" ? await list(visit, target) : Promise.reject(notServed(visit));
  switch (method) {
    case "HEAD":
      return await headObject(bucket, target.key);
    case "GET":
      return await readObject(bucket, target.key, request.headers.get("range"));
    case "POST":
      return await store(visit, target);
    case "DELETE":
      return await remove(visit, target);
    default:
      throw notServed(visit);
  }
}

async function list(visit: Visit, { type, prefix }: Extract<RepositoryPath, { kind: "list" }>): Promise<Response> {
  const { bucket, holder, judge } = visit;
  if (type !== "index" || rights[holder.role].indexes === "all") return await listObjects(bucket, prefix);
  const { indexesUntil } = await judge.repositoryAccess(holder.run);
  return await listObjects(bucket, prefix, visibleIndexes(holder.run, indexesUntil));
}

async function store(visit: Visit, target: Extract<RepositoryPath, { key: string }>): Promise<Response> {
  const { request, bucket, holder, caller } = visit;
  await requireWrite(visit, mayAdd(holder.role, target.kind === "config" ? "config" : target.type));
  return await storeObject(bucket, target, request, { ...holder, box: caller.containerId });
}

async function remove(visit: Visit, target: Extract<RepositoryPath, { key: string }>): Promise<Response> {
  const { bucket, holder, caller } = visit;
  const may = mayRemove(holder.role, target.kind === "config" ? "config" : target.type);
  if (may === "own") {
    const lock = await bucket.head(target.key);
    if (lock === null) throw new BotError("repositoryAbsent", { key: target.key });
    const { run, box } = storedBy(lock);
    if (run !== holder.run || box !== caller.containerId) throw refused(visit);
  } else await requireWrite(visit, may === "yes"); // a maintenance run that was given up must not delete either
  await bucket.delete(target.key);
  return new Response(null, { status: 200 });
}

/** Lets a write pass if the role may, and if the Agent says that its run is the one under way. */
async function requireWrite(visit: Visit, roleMay: boolean): Promise<void> {
  if (!roleMay) throw refused(visit);
  const { write }: RepositoryAccess = await visit.judge.repositoryAccess(visit.holder.run);
  if (write === "later") throw new BotError("repositoryBusy", { retryAfter: pruneRetrySeconds });
  if (write !== "yes") throw new BotError("repositoryFenced", { run: visit.holder.run });
}

function refused({ request, holder }: Visit): BotError {
  const { pathname } = new URL(request.url);
  return new BotError("repositoryRefused", { role: holder.role, method: request.method, path: pathname });
}

function notServed({ request }: Visit): BotError {
  return new BotError("unknownPath", { method: request.method, path: new URL(request.url).pathname });
}

function told(problem: BotError): Response {
  const response = problem.toJson();
  if (problem.status === 401) response.headers.set("www-authenticate", 'Basic realm="snapshots"');
  return response;
}
