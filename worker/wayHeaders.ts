/** Of the browser, of Cloudflare (credentials of Access among them) and of proxies: the way to the Worker, and no business of Hermes, which runs what an agent wrote. */
const names = ["cookie", "forwarded", "referer", "true-client-ip", "x-real-ip"];
const families = ["cf-", "x-forwarded-"];

/** Whether a header (in lower case) says how a request came to the Worker, and stays there. */
export function isOfTheWay(name: string): boolean {
  return names.includes(name) || families.some((family) => name.startsWith(family));
}
