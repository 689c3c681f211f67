/** A kind's table as a resource: check, diff, create, read, update, delete. */
import { isUnknown, type Json, type Properties, unknown } from "../server/properties.ts";
import type { Change, Resource } from "../server/provider.ts";
import { type Api, ApiError, type ApiRequest } from "./api.ts";
import { covers, isEmpty, toRequest, toState, withDefaults } from "./conversion.ts";
import type { Field, Kind, Problem } from "./kind.ts";

const cannotBeDestroyed =
  "[WARNING] This resource cannot be destroyed from Terraform. " +
  "If you create this resource, it will be present in the API until manually deleted.";

/** Serves a kind over an API. */
export function resourceOf(kind: Kind, api: () => Api): Resource {
  const headers = (state: Properties) => (kind.headers ? { headers: kind.headers(state) } : {});
  const read = (id: string, state: Properties): ApiRequest => ({
    method: "GET",
    path: kind.read(id, state),
    ...headers(state),
  });

  return {
    secretOutputs: Object.keys(kind.fields).filter((name) => kind.fields[name]?.secret),

    check: (call, news) => [
      ...unknownNames(kind, news),
      ...problems(kind, news).map((problem) => sentence(call.name, problem)),
    ],

    diff(_call, olds, news) {
      const changes = changesOf(kind, olds, withDefaults(kind, news));
      const replaces = changes.map((change) => change.property).filter((name) => kind.fields[name]?.replaces);
      // A kind without an update has nothing but replacement.
      return { changes, replaces: kind.update ? replaces : changes.map((change) => change.property) };
    },

    async create(call, news) {
      const planned = withDefaults(kind, news);
      if (!kind.delete) call.log.warning(call.urn, cannotBeDestroyed);
      if (call.preview) return { id: "", state: { ...unknownUntilMade(kind), ...planned } };
      const { method, path } = kind.create;
      const request = { method, path: path("", planned), body: toRequest(kind, planned), ...headers(planned) };
      const result = await api().send(request, call.signal);
      return { id: kind.id(planned, result), state: toState(kind, planned, result, "written") };
    },

    async read(call, id, state, inputs) {
      const imported = Object.keys(state).length === 0;
      const known = imported ? withDefaults(kind, fromImportId(kind, id)) : state;
      const ownId = imported ? (id.split("/")[kind.importId?.indexOf("id") ?? -1] ?? id) : id;
      const result = await api()
        .send(read(ownId, known), call.signal)
        .catch(whenGone(() => undefined));
      if (!result) return undefined;
      if (kind.seesDrift === false && !imported) return { id, state, inputs };
      const fresh = toState(kind, known, result, "read");
      return {
        id: kind.id(fresh, { id: ownId, ...result }),
        state: fresh,
        inputs: inputsOf(kind, fresh, imported ? fresh : inputs),
      };
    },

    async update(call, id, olds, news) {
      const planned = withDefaults(kind, news);
      const known = { ...ownByTheApi(kind, olds), ...planned };
      if (call.preview) return { ...known, ...unknownUntilRenewed(kind, olds, planned) };
      if (!kind.update) throw new Error(`${kind.type} cannot be updated, only replaced`);
      const { method, path } = kind.update;
      const request = { method, path: path(id, planned), body: toRequest(kind, planned), ...headers(planned) };
      return toState(kind, known, await api().send(request, call.signal), "written");
    },

    async delete(call, id, olds) {
      if (!kind.delete) return;
      await api().send({ method: "DELETE", path: kind.delete(id, olds), ...headers(olds) }, call.signal);
    },
  };
}

function changesOf(kind: Kind, olds: Properties, planned: Properties): Change[] {
  return Object.entries(kind.fields).flatMap(([property, field]): Change[] => {
    if (field.computed) return [];
    const have = olds[property];
    const want = planned[property];
    if (want === undefined) return field.optionalComputed || isEmpty(have) ? [] : [{ property, kind: "delete" }];
    if (have === undefined || have === null) return isEmpty(want) ? [] : [{ property, kind: "add" }];
    return same(kind, field, have, want) ? [] : [{ property, kind: "update" }];
  });
}

function same(kind: Kind, field: Field, have: Json, want: Json): boolean {
  if (isUnknown(want)) return false;
  if (field.ignoreCase) return String(have).toLowerCase() === String(want).toLowerCase();
  return covers(have, want, kind.jsonText);
}

/** What the API decides by itself, carried over an update. */
function ownByTheApi(kind: Kind, olds: Properties): Properties {
  const own = (name: string) => kind.fields[name]?.computed || kind.fields[name]?.optionalComputed;
  return Object.fromEntries(Object.entries(olds).filter(([name]) => own(name)));
}

function unknownUntilMade(kind: Kind): Properties {
  const made = Object.entries(kind.fields).filter(([, field]) => field.computed || field.optionalComputed);
  return Object.fromEntries(made.map(([name]) => [name, unknown]));
}

function unknownUntilRenewed(kind: Kind, olds: Properties, planned: Properties): Properties {
  const renewed = Object.entries(kind.fields).filter(
    ([, { renewedBy }]) => renewedBy !== undefined && olds[renewedBy] !== planned[renewedBy],
  );
  return Object.fromEntries(renewed.map(([name]) => [name, unknown]));
}

/** The inputs that would make what is there: those the user gave, at their present values, and what came by hand. */
function inputsOf(kind: Kind, state: Properties, inputs: Properties): Properties {
  const now: Properties = {};
  for (const [name, field] of Object.entries(kind.fields)) {
    if (field.computed) continue;
    const value = state[name];
    const given = inputs[name] !== undefined;
    const byHand = !field.optionalComputed && !isEmpty(value) && !covers(value, field.default);
    if (value !== undefined && (given || byHand)) now[name] = value;
  }
  return now;
}

function fromImportId(kind: Kind, id: string): Properties {
  if (!kind.importId) throw new Error(`The stand-in (local/plugins) cannot import ${kind.type}.`);
  const parts = id.split("/");
  const missing = parts.length < kind.importId.filter((name) => name !== "jurisdiction").length;
  if (missing) throw new Error(`invalid ID: expected ${kind.importId.join("/")}, got "${id}"`);
  const named = kind.importId.map((name, index) => [
    name === "id" && kind.fields.name?.replaces ? "name" : name,
    parts[index],
  ]);
  return Object.fromEntries(named.filter(([name, value]) => value !== undefined && name !== "id"));
}

function unknownNames(kind: Kind, news: Properties): string[] {
  return Object.keys(news)
    .filter((name) => !name.startsWith("__") && !kind.fields[name])
    .map((name) => `Unexpected attribute. The stand-in (local/plugins) does not know '${name}' of ${kind.type}.`);
}

function problems(kind: Kind, news: Properties): Problem[] {
  const wrong = Object.entries(kind.fields).flatMap(([path, { values }]): Problem[] => {
    const got = news[path];
    if (!values || got === undefined || got === null || isUnknown(got) || values.includes(String(got))) return [];
    return [{ attribute: path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), path, values, got }];
  });
  return [...wrong, ...(kind.check?.(news) ?? [])];
}

function sentence(name: string, { attribute, path, values, got }: Problem): string {
  const allowed = values.map((value) => `"${value}"`).join(" ");
  return `Invalid Attribute Value Match. Attribute ${attribute} value must be one of: [${allowed}], got: ${JSON.stringify(got)}. Examine values at '${name}.${path}'.`;
}

function whenGone<T>(then: () => T): (error: unknown) => T {
  return (error) => {
    if (error instanceof ApiError && error.status === 404) return then();
    throw error;
  };
}
