/**
 * The text of a dynamic resource's provider, as the engine keeps it among the resource's properties. Another text is a change
 * in place, which calls nothing and moves nothing (design decision 12).
 */
export function textOf(properties: object): unknown {
  return (properties as { __provider?: unknown }).__provider;
}
