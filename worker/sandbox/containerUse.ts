/** What a container says that it uses: `talaria-exec use`, which both images have. */
import * as z from "zod";

/** More than any container has; a container is not believed beyond it. */
const most = 2 ** 50;
const counter = z.number().nonnegative().max(most).nullable();

const useSchema = z.object({
  /** Since the container's boot. */
  cpuSeconds: counter,
  memoryBytes: counter,
  diskBytes: counter,
  /** Since the container's boot. */
  sentBytes: counter,
});
/** Null is what its kernel, or the engine that it runs on, does not tell. */
export type ContainerUse = z.infer<typeof useSchema>;

/** Where the SDK's server listens, and how it is told that a command needs no session. */
const sdkPort = 3000;
const noSession = "__DISABLE_SESSION__";
/** The program's own time is a fraction of it; a container without a free CPU may need more. */
const longestMs = 10_000;

const answerSchema = z.object({ exitCode: z.number(), stdout: z.string(), stderr: z.string() });

/**
 * Asks a running container. Goes past the SDK, whose call would start one that has ended meanwhile, and would count as activity.
 * @throws when it does not answer, or has no such program: an image from before it
 */
export async function containerUse(
  container: Pick<Container, "getTcpPort">,
  signal: AbortSignal,
): Promise<ContainerUse> {
  const command = { command: "exec talaria-exec use", sessionId: noSession, cwd: "/", timeoutMs: longestMs };
  const response = await container.getTcpPort(sdkPort).fetch("http://localhost/api/execute", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(command),
    signal: AbortSignal.any([signal, AbortSignal.timeout(longestMs)]),
  });
  if (!response.ok) throw new Error(`the SDK's server answers ${response.status}: ${beginning(await response.text())}`);
  const { exitCode, stdout, stderr } = answerSchema.parse(await response.json());
  if (exitCode !== 0) throw new Error(`talaria-exec use ended with ${exitCode}: ${beginning(stderr)}`);
  return useSchema.parse(JSON.parse(stdout));
}

/** Of what a container says, as much as belongs into a line of the log. */
function beginning(text: string): string {
  return text.trim().slice(0, 300);
}
