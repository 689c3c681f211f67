/** Where our own daemon lives. */
import os from "node:os";
import path from "node:path";

/** Everything of our own daemon, and nothing of anyone else's. Short: a socket's path has at most 107 characters. */
export const dockerRoot = path.join(os.tmpdir(), `talaria-docker-${os.userInfo().uid}`);

/** Paths under the root. */
export function dockerPaths(root: string) {
  return {
    root,
    socket: path.join(root, "docker.sock"),
    data: path.join(root, "data"),
    exec: path.join(root, "exec"),
    pidFile: path.join(root, "dockerd.pid"),
    log: path.join(root, "dockerd.log"),
    /** DOCKER_CONFIG: the buildx plugin and logins, apart from the user's own. */
    config: path.join(root, "config"),
    /** apt's lists and downloads for a package of another release. */
    apt: path.join(root, "apt"),
  };
}
export type DockerPaths = ReturnType<typeof dockerPaths>;
