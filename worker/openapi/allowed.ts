import type { Described } from "./route.ts";

/** The methods that routes of one path take: a GET also answers HEAD. */
export function methodsOf(routes: readonly Described[]): string[] {
  const told = routes.map(({ method }) => method.toUpperCase());
  return told.includes("GET") ? [...told, "HEAD"] : told;
}

/** The header `Allow` of a path that takes these methods; every path answers OPTIONS. */
export function allowOf(methods: readonly string[]): string {
  return [...new Set([...methods, "OPTIONS"])].sort().join(", ");
}
