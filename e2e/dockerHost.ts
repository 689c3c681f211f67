/** What a test sees of the Docker daemon that `DOCKER_HOST` names: the bot's container, and everything that is in it. */
import { type DockerEnv, dockerOutput } from "../local/docker/client.ts";
import { engineLabel } from "../local/runtime/docker/labels.ts";

const { DOCKER_HOST, DOCKER_CONFIG } = process.env;

/** For docker clients; undefined where there is no daemon to test on. */
export const dockerEnv: DockerEnv | undefined = DOCKER_HOST
  ? { DOCKER_HOST, ...(DOCKER_CONFIG && { DOCKER_CONFIG }) }
  : undefined;

/** `docker …`; its output. @throws Error with the client's last words */
export function docker(...words: string[]): Promise<string> {
  if (dockerEnv === undefined) throw new Error("DOCKER_HOST names no daemon");
  return dockerOutput(dockerEnv, words);
}

/** The container of the agent of the stack `local`, without its sidecar. @throws Error when there is none, or several */
export async function theContainer(): Promise<string> {
  const all = await containersOf("AgentBox");
  const [name, ...others] = all;
  if (name === undefined || others.length > 0) throw new Error(`containers: ${all.join(", ")}`);
  return name;
}

/** The containers that commands of the stack `local` run in, without their sidecars. */
export function execContainers(): Promise<readonly string[]> {
  return containersOf("ExecBox");
}

async function containersOf(className: string): Promise<readonly string[]> {
  const all = await lines("ps", "-a", "--filter", `label=${engineLabel}`, "--format", "{{.Names}}");
  return all.filter((each) => each.includes(`-talaria-local-${className}-`) && !each.endsWith("-proxy"));
}

/** Processes of a stack's commands, in whichever container. */
export async function commandsInside(): Promise<readonly string[]> {
  const all = await Promise.all((await execContainers()).map((name) => usersInside(name).catch(() => [])));
  return all.flat().map(({ command }) => command); // one that ends meanwhile runs nothing
}

/** Everything in the daemon that a local system could leave there, each with its kind. */
export async function inventory(): Promise<readonly string[]> {
  const kinds = {
    container: await lines("ps", "-a", "--format", "{{.Names}}"),
    network: await lines("network", "ls", "--format", "{{.Name}}"),
    volume: await lines("volume", "ls", "--format", "{{.Name}}"),
    image: await lines("images", "--filter", "dangling=false", "--format", "{{.Repository}}:{{.Tag}}"),
  };
  return Object.entries(kinds).flatMap(([kind, names]) => names.map((name) => `${kind} ${name}`));
}

/** Processes of a container: their user and command line. */
export async function usersInside(container: string): Promise<readonly { user: string; command: string }[]> {
  const table = await lines("exec", container, "ps", "-eo", "user:20=,args=", "--no-headers");
  return table
    .map((line) => ({ user: line.slice(0, 20).trim(), command: line.slice(20).trim() }))
    .filter(({ command }) => !command.startsWith("ps -eo")); // this very question, which docker asks as root
}

async function lines(...words: string[]): Promise<readonly string[]> {
  return (await docker(...words))
    .split("\n")
    .filter((line) => line !== "")
    .sort();
}
