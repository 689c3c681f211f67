/** Access at the edge: what becomes of a request before it reaches a Worker. */
import type { EdgeGuard, EdgeRequest, EdgeVerdict } from "../../runtime/contract.ts";
import { workersDevSubdomain } from "../account/account.ts";
import type { World } from "../core/world.ts";
import { applicationOf, type Identity, isBypassed, mayPass, policiesOf } from "./rules.ts";
import { type Application, secondsOf } from "./state.ts";
import { accessPath, type LogIns, standardSession } from "./team.ts";
import type { TeamKeys } from "./teamKeys.ts";

const assertion = "cf-access-jwt-assertion";
const cookie = "CF_Authorization";
const passes: EdgeVerdict = { headers: {} };

/**
 * Asks of each request to a protected address a service token (two headers), or a session of this application (cookie, or
 * `cf-access-token`); whoever has neither is sent to log in. What passes carries the team's word for who it is. An address
 * that is not protected is passed on as it came, a false word included: the Worker has to look for itself.
 */
export function accessGuard(world: World, keys: TeamKeys, logIns: LogIns): EdgeGuard {
  return async (request) => {
    const applications = world.access.applications.all();
    if (applications.length === 0) return passes;
    const { pathname, searchParams } = new URL(request.path, "http://edge");
    if (pathname === `${accessPath}/authorized`) return authorized(logIns, searchParams);
    const application = applicationOf(applications, protectedHost(request), pathname);
    if (application === undefined) return passes;
    const policies = policiesOf(application, (id) => world.access.policies.get(id));
    if (isBypassed(policies)) return passes;

    const { "cf-access-client-id": clientId, "cf-access-client-secret": secret } = request.headers;
    if (typeof clientId === "string" && typeof secret === "string") {
      const token = world.access.serviceTokenOf(clientId, secret, new Date());
      const identity: Identity | undefined = token && { serviceToken: token.id };
      if (identity === undefined || !mayPass(policies, identity)) return forbidden;
      return vouchedFor(await keys.sign({ common_name: clientId, sub: "" }, application.aud, sessionOf(application)));
    }
    for (const session of sessionsOf(request))
      if (await keys.isValid(session, application.aud)) return vouchedFor(session);
    return toLogIn(world, application, request);
  };
}

const forbidden: EdgeVerdict = {
  answer: {
    status: 403,
    headers: { "content-type": "text/html" },
    body: "<!doctype html><title>Forbidden</title><p>You don't have permission to view this. Access refused the service token.\n",
  },
};

function vouchedFor(token: string): EdgeVerdict {
  return { headers: { [assertion]: token } };
}

/** The host that an application names: a loopback address stands for the Worker's own on workers.dev. */
function protectedHost({ worker, headers }: EdgeRequest): string {
  const host = (headers.host ?? "").replace(/:\d+$/, "");
  return /^(127\.[\d.]+|\[::1\]|localhost|)$/.test(host) ? `${worker}.${workersDevSubdomain}.workers.dev` : host;
}

function sessionOf({ session_duration }: Application): number {
  return secondsOf(session_duration ?? standardSession);
}

function sessionsOf({ headers }: EdgeRequest): string[] {
  const header = headers["cf-access-token"];
  const [, inCookie] = new RegExp(`(?:^|; ?)${cookie}=([^;]+)`).exec(headers.cookie ?? "") ?? [];
  return [header, inCookie].filter((value) => typeof value === "string");
}

function toLogIn(world: World, { aud }: Application, { headers, path }: EdgeRequest): EdgeVerdict {
  const query = new URLSearchParams({ kid: aud, redirect_url: path });
  const location = `http://${world.teamDomain()}${accessPath}/login/${headers.host}?${query}`;
  return { answer: { status: 302, headers: { location, "cache-control": "no-store" }, body: "" } };
}

/** The browser comes back from the team's address and gets its session on this host. */
function authorized(logIns: LogIns, query: URLSearchParams): EdgeVerdict {
  const token = logIns.take(query.get("code") ?? "");
  const to = query.get("redirect_url") ?? "/";
  if (token === undefined || !/^\/(?!\/)/.test(to))
    return {
      answer: { status: 400, headers: { "content-type": "text/plain" }, body: "This log-in was used already.\n" },
    };
  const headers = { location: to, "set-cookie": `${cookie}=${token}; Path=/; HttpOnly; SameSite=Lax` };
  return { answer: { status: 302, headers, body: "" } };
}
