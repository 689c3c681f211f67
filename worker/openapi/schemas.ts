/** JSON Schema 2020-12, which OpenAPI 3.1 speaks, of what the handlers parse and answer. */
import * as z from "zod";

export type JsonSchema = Readonly<Record<string, unknown>>;

const componentOf = (id: string) => `#/components/schemas/${id}`;

/** Those that have a name, by it: `schema.meta({ id })`. */
export function namedSchemas(): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(z.globalRegistry, { io: "input", uri: componentOf });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, tidy(schema)]));
}

/** A schema where it is used: by its name if it has one. */
export function schemaOf(schema: z.ZodType): JsonSchema {
  const id = z.globalRegistry.get(schema)?.id;
  return id === undefined ? tidy(z.toJSONSchema(schema, { io: "input" })) : { $ref: componentOf(id) };
}

/** An object's fields one by one, as parameters are told. */
export function fieldsOf(object: z.ZodObject | undefined): { name: string; required: boolean; schema: JsonSchema }[] {
  if (object === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(object, { io: "input" });
  return Object.entries(properties).map(([name, schema]) => {
    return { name, required: required.includes(name), schema: tidy(schema) };
  });
}

/** Without what only a document of its own needs. */
function tidy(schema: unknown): JsonSchema {
  const { $schema: _, $id: __, ...rest } = schema as JsonSchema;
  return rest;
}
