/** Where the dashboard answers: below `/dashboard` of the bot's address, or at the root of a hostname of its own. */
/** Where it begins on the bot's own address, and in this Worker's routes wherever it begins outside. */
export const dashboardPath = "/dashboard";
/** The two pages of ours at the dashboard's hostname: an operator gets in and out there. */
const ours = ["/login", "/logout"];

/** Whether a URL is one of the dashboard's own hostname. */
function isDashboardHost(url: URL, hostname: string | undefined): boolean {
  return hostname !== undefined && url.hostname === hostname.toLowerCase();
}

/** The path by which this Worker's routes know a request: at the dashboard's hostname everything is the dashboard's. */
export function routedPath(request: Request, hostname: string | undefined): string {
  const url = new URL(request.url);
  if (!isDashboardHost(url, hostname) || ours.includes(url.pathname)) return url.pathname;
  return dashboardPath + url.pathname;
}

/** What stands before Hermes' own paths outside: "" at a root. */
export function prefixOf(request: Request, hostname: string | undefined): string {
  return isDashboardHost(new URL(request.url), hostname) ? "" : dashboardPath;
}
