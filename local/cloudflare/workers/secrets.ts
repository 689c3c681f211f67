/** Secrets of a Worker. Each change is a new version; a value is never answered. */
import type { SecretListResponse, SecretUpdateParams } from "cloudflare/resources/workers/scripts/secrets.js";
import { z } from "zod";
import type { Conforms } from "../core/conforms.ts";
import { type Endpoint, endpoint } from "../core/endpoint.ts";
import { ok } from "../core/envelope.ts";
import { ApiProblem } from "../core/problems.ts";
import { deployChange } from "./deploy.ts";
import type { StoredWorker } from "./state.ts";

const secretSchema = z.strictObject({ name: z.string().min(1), text: z.string(), type: z.literal("secret_text") });
true satisfies Conforms<typeof secretSchema, SecretUpdateParams>;

const path = "/accounts/:account/workers/scripts/:name/secrets";

/** Endpoints of secrets. */
export const secretEndpoints: Endpoint[] = [
  endpoint({
    method: "GET",
    path,
    needs: "Workers Scripts Read",
    handle: ({ world, param }) => ok<SecretListResponse[]>(secretsOf(world.workers.existing(param("name")))),
  }),
  endpoint({
    method: "PUT",
    path,
    needs: "Workers Scripts Write",
    body: secretSchema,
    async handle({ world, param, body }) {
      const worker = world.workers.existing(param("name"));
      const others = worker.bindings.filter((one) => one.name !== body.name);
      await deployChange(world, worker, { bindings: [...others, body] });
      return ok<SecretListResponse>({ name: body.name, type: "secret_text" });
    },
  }),
  endpoint({
    method: "GET",
    path: `${path}/:secret`,
    needs: "Workers Scripts Read",
    handle: ({ world, param }) => ok(secret(world.workers.existing(param("name")), param("secret"))),
  }),
  endpoint({
    method: "DELETE",
    path: `${path}/:secret`,
    needs: "Workers Scripts Write",
    async handle({ world, param }) {
      const worker = world.workers.existing(param("name"));
      const { name } = secret(worker, param("secret"));
      await deployChange(world, worker, { bindings: worker.bindings.filter((one) => one.name !== name) });
      return ok(null);
    },
  }),
];

function secretsOf(worker: StoredWorker): SecretListResponse[] {
  return worker.bindings.filter((one) => one.type === "secret_text").map(({ name }) => ({ name, type: "secret_text" }));
}

function secret(worker: StoredWorker, name: string): SecretListResponse {
  const found = secretsOf(worker).find((one) => one.name === name);
  if (!found) throw new ApiProblem("secretMissing", { name });
  return found;
}
