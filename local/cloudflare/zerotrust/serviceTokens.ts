/** Service tokens of Access. A secret is answered when it is made: at creation, and when the version of the secret rises. */
import type {
  ServiceToken as AnsweredToken,
  ServiceTokenCreateParams,
  ServiceTokenCreateResponse,
  ServiceTokenUpdateParams,
} from "cloudflare/resources/zero-trust/access/service-tokens.js";
import { z } from "zod";
import type { Conforms } from "../core/conforms.ts";
import { type Endpoint, endpoint, paging } from "../core/endpoint.ts";
import { ok, page } from "../core/envelope.ts";
import { ApiProblem } from "../core/problems.ts";
import { hexId, timestamp, type World } from "../core/world.ts";
import { durationSchema, newSecret, type ServiceToken, secondsOf, secretHash } from "./state.ts";

const bodySchema = z.strictObject({
  name: z.string().min(1),
  duration: durationSchema.optional(),
  client_secret_version: z.number().int().min(1).optional(),
  previous_client_secret_expires_at: z.iso.datetime().optional(),
});
true satisfies Conforms<typeof bodySchema, ServiceTokenCreateParams & ServiceTokenUpdateParams>;

const path = "/accounts/:account/access/service_tokens";
const [needsRead, needsWrite] = ["Access: Service Tokens Read", "Access: Service Tokens Write"] as const;
/** A year. */
const longest = "8760h";

/** Endpoints of service tokens. */
export const serviceTokenEndpoints: Endpoint[] = [
  endpoint({
    method: "GET",
    path,
    needs: needsRead,
    query: z.strictObject({ ...paging, name: z.string().optional() }),
    handle: ({ world, query }) =>
      page<AnsweredToken>(
        world.access.serviceTokens
          .all()
          .filter(({ name }) => !query.name || name === query.name)
          .map(shown),
        query,
      ),
  }),
  endpoint({
    method: "POST",
    path,
    needs: needsWrite,
    body: bodySchema,
    handle({ world, body }) {
      const id = hexId();
      const secret = newSecret();
      const { duration = longest, client_secret_version = 1 } = body;
      const token = world.access.serviceTokens.put(id, {
        id,
        ...{ name: body.name, client_id: `${id}.access`, client_secret_version, duration, expires_at: end(duration) },
        ...{ created_at: timestamp(), updated_at: timestamp(), secretHash: secretHash(secret) },
      });
      return ok<ServiceTokenCreateResponse>({ ...shown(token), client_secret: secret });
    },
  }),
  endpoint({
    method: "GET",
    path: `${path}/:id`,
    needs: needsRead,
    handle: ({ world, param }) => ok<AnsweredToken>(shown(existing(world, param("id")))),
  }),
  endpoint({
    method: "PUT",
    path: `${path}/:id`,
    needs: needsWrite,
    body: bodySchema,
    handle({ world, param, body }) {
      const before = existing(world, param("id"));
      const version = body.client_secret_version ?? before.client_secret_version;
      const secret = version > before.client_secret_version ? newSecret() : undefined;
      const until = body.previous_client_secret_expires_at ?? before.previous_client_secret_expires_at;
      const duration = body.duration ?? before.duration;
      const token = world.access.serviceTokens.put(before.id, {
        ...before,
        ...{ name: body.name, client_secret_version: version, duration, updated_at: timestamp() },
        ...(duration === before.duration ? {} : { expires_at: end(duration) }),
        ...(until === undefined ? {} : { previous_client_secret_expires_at: until }),
        ...(secret === undefined ? {} : { secretHash: secretHash(secret), previousHash: before.secretHash }),
      });
      return ok({ ...shown(token), ...(secret === undefined ? {} : { client_secret: secret }) });
    },
  }),
  endpoint({
    method: "DELETE",
    path: `${path}/:id`,
    needs: needsWrite,
    handle({ world, param }) {
      world.access.serviceTokens.delete(existing(world, param("id")).id);
      return ok({ id: param("id") });
    },
  }),
];

function existing(world: World, id: string): ServiceToken {
  const token = world.access.serviceTokens.get(id);
  if (!token) throw new ApiProblem("objectMissing", { kind: "Access service token", id });
  return token;
}

function end(duration: string): string {
  return new Date(Date.now() + secondsOf(duration) * 1000).toISOString();
}

function shown({ secretHash: _, previousHash: __, ...token }: ServiceToken) {
  return token;
}
