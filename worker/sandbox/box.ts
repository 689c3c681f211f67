/**
 * What the rest of the Worker knows of a container: this interface. Only this folder imports the Sandbox SDK
 * (design decision 11), so another SDK, or none, changes nothing outside it.
 */

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface BoxProcess {
  readonly alive: boolean;
  readonly exitCode: number | undefined;
}

export interface Box {
  /** Whether the container runs. Starts nothing. */
  isRunning(): Promise<boolean>;
  /** Runs one command to its end; starts the container when it is not up. Unlike a shell session it leaves nothing behind. */
  run(
    command: string,
    options: { readonly timeoutMs: number; readonly env?: Record<string, string> },
  ): Promise<CommandResult>;
  /** Starts a background process under an id that was not used in this container before. */
  start(processId: string, command: string, env: Record<string, string>): Promise<void>;
  /** Undefined when the container knows no such process. */
  process(processId: string): Promise<BoxProcess | undefined>;
  /** What a background process wrote so far. */
  output(processId: string): Promise<string>;
  /** SIGTERM to a background process, SIGKILL five seconds later (the SDK's way). */
  kill(processId: string): Promise<void>;
  /** Sends a request to a service inside. Never starts the container. @throws BoxUnreachable when nothing was sent. */
  fetch(port: number, request: Request): Promise<Response>;
  /** Ends the container and its disk. */
  destroy(): Promise<void>;
}

/** The container or the port does not answer: nothing reached the program inside, so the request may be sent again. */
export class BoxUnreachable extends Error {
  override readonly name = "BoxUnreachable";
}
