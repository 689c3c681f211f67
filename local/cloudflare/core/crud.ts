/** The five calls of an object that is only kept: list, create, get, replace, delete. */
import { z } from "zod";
import type { Permission } from "../account/permissions.ts";
import { type Endpoint, endpoint, paging } from "./endpoint.ts";
import { ok, page } from "./envelope.ts";
import { ApiProblem } from "./problems.ts";
import { type Collection, type Kept, keptSchema } from "./store.ts";
import type { World } from "./world.ts";
import { hexId, timestamp } from "./world.ts";

interface CrudSpec<Body extends Record<string, unknown>> {
  /** Where the objects are kept, if others look at them, too. @default a collection of this kind's own */
  readonly items?: Collection<Kept>;
  /** What messages call it, e.g. "Access policy"; also the name of the file on disk. */
  readonly kind: string;
  readonly path: string;
  readonly read: Permission;
  readonly write: Permission;
  readonly body: z.ZodType<Body>;
  /** Id of a new object. @default 32 hex digits */
  readonly id?: (body: Body) => string;
  /** Refuses a body that the schema allows and the API does not. */
  readonly check?: (world: World, body: Body, param: (name: string) => string) => void;
  /** Fields that the API adds at creation and keeps. */
  readonly added?: (id: string, body: Body, world: World) => Record<string, unknown>;
  /** Fields that are answered at creation only. */
  readonly once?: (id: string) => Record<string, unknown>;
}

/** Endpoints of one kind of kept object. */
export function crud<Body extends Record<string, unknown>>(world: World, spec: CrudSpec<Body>): Endpoint[] {
  const file = spec.kind.toLowerCase().replace(/[^a-z]+/g, "-");
  const items = spec.items ?? world.store.collection(file, keptSchema);
  const existing = (id: string): Kept => {
    const found = items.get(id);
    if (!found) throw new ApiProblem("objectMissing", { kind: spec.kind, id });
    return found;
  };
  const { read, write, path, body } = spec;
  return [
    endpoint({
      method: "GET",
      path,
      needs: read,
      query: z.strictObject({ ...paging, name: z.string().optional() }),
      handle: ({ query }) =>
        page(
          items.all().filter((one) => !query.name || one.name === query.name),
          query,
        ),
    }),
    endpoint({
      method: "POST",
      path,
      needs: write,
      body,
      handle({ body, param }) {
        spec.check?.(world, body, param);
        const id = spec.id?.(body) ?? hexId();
        if (items.get(id)) throw new ApiProblem("objectExists", { kind: spec.kind, id });
        const made = { created_at: timestamp(), updated_at: timestamp() };
        const kept = items.put(id, { ...body, ...spec.added?.(id, body, world), ...made, id });
        return ok({ ...kept, ...spec.once?.(id) });
      },
    }),
    endpoint({ method: "GET", path: `${path}/:id`, needs: read, handle: ({ param }) => ok(existing(param("id"))) }),
    endpoint({
      method: "PUT",
      path: `${path}/:id`,
      needs: write,
      body,
      handle({ body, param }) {
        const before = existing(param("id"));
        spec.check?.(world, body, param);
        const stable = { ...spec.added?.(before.id, body, world), created_at: before.created_at, id: before.id };
        return ok(items.put(before.id, { ...body, ...keep(before, stable), updated_at: timestamp() }));
      },
    }),
    endpoint({
      method: "DELETE",
      path: `${path}/:id`,
      needs: write,
      handle({ param }) {
        items.delete(existing(param("id")).id);
        return ok({ id: param("id") });
      },
    }),
  ];
}

/** The added fields with the values that they had before, where they had one. */
function keep(before: Kept, added: Record<string, unknown>): Record<string, unknown> & { id: string } {
  return {
    ...Object.fromEntries(Object.entries(added).map(([key, value]) => [key, before[key] ?? value])),
    id: before.id,
  };
}
