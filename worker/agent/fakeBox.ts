import { type Box, BoxUnreachable } from "../sandbox/box.ts";
import { FakeBucket } from "../testing/fakeBucket.ts";
import { FakeRepository, FakeRuns } from "./fakeRuns.ts";
import type { Vitals } from "./vitals.ts";

/**
 * A box for tests: answers the programs of `container/hermes` from a little state, and can be broken on purpose.
 * The real thing runs in the process tests and in e2e.
 */
export class FakeBox implements Box {
  running = false;
  marker: { phase: string; boot: string; final: boolean; snapshot?: string } | null = null;
  /** What Hermes knows. Goes with the container. */
  home = "";
  readonly repository: FakeRepository;
  readonly runs: FakeRuns;
  gatewayAlive = false;
  /** What Hermes answers to /health/detailed; undefined = no answer. */
  healthy: { gateway_state: string; gateway_busy: boolean } | undefined;
  gatewayStarts = 0;
  containerStarts = 0;
  nextJob: { id: string; name: string; at: string } | null = null;
  /** What an alarm is to see of Hermes, over a healthy one. */
  vitals: Partial<Vitals> = {};
  readonly commands: string[] = [];
  /** What the container says of its image. */
  image: string | undefined;
  /** What it says when the box has been given another name. */
  imageOfNewNames: string | undefined;
  private exitCode: number | undefined;
  /** Whether a gateway that ended left its mark of a clean shutdown. */
  private leftMark = true;
  /** When set, a started gateway ends at once with this exit code and these words. */
  gatewayFails: { exitCode: number; message: string } | undefined;
  /** When set, Hermes begins to answer after as many questions. */
  healthyAfterPolls: number | undefined;
  /** Whether one of Hermes' scheduled jobs runs. */
  jobRuns = false;
  /** When set, no container starts, for this reason. */
  cannotStart: string | undefined;
  /** Answers for a container that knows of no process, as one does that has just replaced another. */
  losesProcesses = false;

  /** Looks at a container that was told to end until it has ended; undefined = it was not told. */
  endsAfterLooks: number | undefined;

  constructor(repository = new FakeRepository(new FakeBucket(() => Date.now()))) {
    this.repository = repository;
    this.runs = new FakeRuns(this, repository);
  }

  async isRunning(): Promise<boolean> {
    if (this.endsAfterLooks !== undefined && this.endsAfterLooks-- <= 0) await this.destroy();
    return this.running;
  }

  async run(command: string) {
    if (this.cannotStart !== undefined) throw new Error(this.cannotStart);
    this.startContainer();
    this.commands.push(command);
    const answer = (value: unknown) => ({ exitCode: 0, stdout: JSON.stringify(value), stderr: "" });
    if (command === "talaria-state show") return answer(this.show());
    if (command === "talaria-state schedule") return answer({ jobs: null, next: this.nextJob });
    if (command.startsWith("talaria-state vitals")) return answer({ ...this.healthyVitals(), ...this.vitals });
    const ofRun = this.runs.answer(command);
    if (ofRun !== undefined) return answer(ofRun);
    if (command.startsWith("talaria-state logs")) return answer({ lines: [] });
    if (command.startsWith("talaria-as-agent hermes slack"))
      return answer({ features: {}, marker: this.marker?.phase });
    if (command.startsWith("talaria-state first-boot")) {
      this.marker = { phase: "first-boot", boot: command.split(" ").at(-1) ?? "", final: true };
      return answer({ marker: this.marker });
    }
    if (command.startsWith("kill -")) this.endGateway();
    return answer({});
  }

  async start(_processId: string, command: string, env: Record<string, string>): Promise<void> {
    if (command.startsWith("talaria-state")) {
      this.startContainer();
      this.commands.push(command);
      this.runs.start(command, env);
      return;
    }
    if (!this.marker?.final) throw new Error("a gateway was started over a disk that is not restored");
    this.gatewayStarts++;
    if (this.gatewayFails || this.losesProcesses) return;
    this.gatewayAlive = true;
    this.healthy = { gateway_state: "running", gateway_busy: false };
  }

  async process(processId: string) {
    const run = this.runs.alive(processId);
    if (run !== undefined) return { alive: run, exitCode: undefined };
    if (this.losesProcesses) return undefined;
    return this.gatewayFails
      ? { alive: false, exitCode: this.gatewayFails.exitCode }
      : { alive: this.gatewayAlive, exitCode: this.gatewayAlive ? undefined : this.exitCode };
  }

  async output(): Promise<string> {
    return this.gatewayFails?.message ?? "";
  }

  async kill(): Promise<void> {
    this.endGateway();
  }

  async fetch(_port: number, request: Request): Promise<Response> {
    if (this.healthyAfterPolls !== undefined && this.healthyAfterPolls-- <= 0) {
      this.gatewayAlive = true;
      this.healthy = { gateway_state: "running", gateway_busy: false };
    }
    if (!this.running || !this.healthy) throw new BoxUnreachable("not listening");
    const jobs = this.jobRuns ? [{ latest_execution: { status: "running", pid: 42 } }] : [];
    return Response.json(request.url.includes("/api/jobs") ? { jobs } : { ...this.healthy, pid: 42 });
  }

  async destroy(): Promise<void> {
    this.endGateway();
    this.running = false;
    this.endsAfterLooks = undefined;
    this.marker = null;
    this.home = "";
    this.runs.lose();
  }

  private show() {
    const alive = this.gatewayAlive;
    const gateway = { pid: alive ? 42 : null, alive, warm: alive, cleanShutdown: !alive && this.leftMark };
    return { marker: this.marker, image: this.image, ending: this.endsAfterLooks !== undefined, launch: null, gateway };
  }

  private healthyVitals(): Vitals {
    return {
      at: new Date().toISOString(),
      gatewayState: this.healthy?.gateway_state ?? null,
      heartbeatSeconds: this.gatewayAlive ? 1 : null,
      platforms: [],
      missedJobs: [],
      errors: { windowSeconds: 900, count: 0, last: null },
      next: this.nextJob,
      scheduleProblem: null,
      lines: [],
    };
  }

  private startContainer(): void {
    if (this.running) return;
    this.running = true;
    this.containerStarts++;
  }

  /** The gateway ends by itself. */
  ends(exitCode: number, { clean = false } = {}): void {
    this.exitCode = exitCode;
    this.leftMark = clean;
    this.endGateway();
  }

  private endGateway(): void {
    this.gatewayAlive = false;
    this.healthy = undefined;
  }
}
