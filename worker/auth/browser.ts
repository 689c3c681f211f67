/** Whether a person opens a page: a script's requests, assets and prefetches are none. */
export function opensPage({ method, headers }: Request): boolean {
  if (method !== "GET" || isPrefetch(headers)) return false;
  const destination = headers.get("sec-fetch-dest");
  if (destination !== null && destination !== "document") return false;
  return (headers.get("accept") ?? "").includes("text/html");
}

function isPrefetch(headers: Headers): boolean {
  return [headers.get("sec-purpose"), headers.get("purpose")].some((purpose) => purpose?.includes("prefetch"));
}
