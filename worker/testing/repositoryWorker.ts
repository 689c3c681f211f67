/**
 * The repository's door as a Worker of its own, for tests with the real restic: `/as/<class>/<box>/snapshots/…`. What the
 * platform knows of the caller stands in the path, and what the Agent would say of a run is set by `POST /access/<run>`.
 */
import type { RepositoryAccess } from "../snapshots/access.ts";
import { answerRepository } from "../snapshots/repository.ts";

interface Env {
  readonly SNAPSHOTS: R2Bucket;
  readonly SESSION_KEY: string;
}

const said = new Map<string, RepositoryAccess>();
const open: RepositoryAccess = { write: "yes", indexesUntil: null };

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname } = new URL(request.url);
    const [, run] = /^\/access\/(.+)$/.exec(pathname) ?? [];
    if (run !== undefined) {
      said.set(run, (await request.json()) as RepositoryAccess);
      return new Response(null, { status: 204 });
    }
    const [, className = "", containerId = "", path = ""] =
      /^\/as\/(\w+)\/([\w-]+)\/snapshots\/(.*)$/.exec(pathname) ?? [];
    return await answerRepository(request, path, {
      env,
      caller: { className, containerId },
      judge: { repositoryAccess: async (asked) => said.get(asked) ?? open },
      log: () => {},
      now: () => new Date(),
    });
  },
};
