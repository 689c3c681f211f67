/** What the token may do, found out by reading alone. */
import { unlessGone } from "../../../infra/cloudflare/api.ts";
import { permissions } from "../../../infra/preflight/probe.ts";
import { differs, holds, type Point } from "../point.ts";

/** The token is valid, whoever made it. */
export const validToken: Point = {
  id: "token",
  question: "Is the API token valid?",
  needs: [],
  async ask({ transcript }) {
    try {
      await transcript.call("GET", "/accounts/:account/tokens/verify");
      return holds("It is an account token.");
    } catch {
      await transcript.call("GET", "/user/tokens/verify");
      return holds("It is a user token.");
    }
  },
};

const reads = {
  workers: ["/accounts/:account/workers/scripts", permissions.workers],
  containers: ["/accounts/:account/containers/me", permissions.containers],
  r2: ["/accounts/:account/r2/buckets", permissions.r2],
  tokens: ["/accounts/:account/tokens/permission_groups", permissions.tokens],
  access: ["/accounts/:account/access/apps", permissions.access],
} as const;

/** One point for each permission of a deploying token that reading can show. */
export const permissionPoints: readonly Point[] = Object.entries(reads).map(([id, [path, name]]) => ({
  id: `permission-${id}`,
  question: `Does ${name} let the token read ${path.split("/").slice(3).join("/")}?`,
  needs: ["token"],
  async ask({ transcript }) {
    const answer = await unlessGone(transcript.call("GET", path));
    return answer === undefined ? differs("The API knows no such path.") : holds("It does.");
  },
}));
