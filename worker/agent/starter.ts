import type { Alarms } from "../alarms/alarms.ts";
import type { Secrets } from "../bound.ts";
import { BotError, reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { RestartPolicy } from "../restartSchema.ts";
import type { Box } from "../sandbox/box.ts";
import { gatewaySecrets } from "../secrets.ts";
import type { Memory } from "../snapshots/memory.ts";
import { RestoreFailed } from "../snapshots/restorer.ts";
import { inWords } from "../words.ts";
import { afterEnd, staysDown, withEnd } from "./afterEnd.ts";
import { gaveUp, noFailures, notBefore } from "./backoff.ts";
import type { Ending } from "./ending.ts";
import type { Gateway } from "./gateway.ts";
import type { Home } from "./home.ts";
import type { Ledger } from "./record.ts";

/** How long a gateway may take from its start to its first healthy answer. */
const readyWithinMs = 180_000;
/** A gateway that was found running and does not answer for this long hangs. */
const answersWithinMs = 60_000;
const pollMs = 250;
/** Each look at whether Hermes is warm is a program of its own, which takes CPU from the Hermes that is loading. */
const warmPollMs = 500;
/** Failed starts after which a container goes even if its home cannot be saved: its disk may be what fails. */
const discardUnsavedAfter = 4;
/** A version of Hermes that does not say when it is warm is taken for warm after this long (its own limit). */
const warmWithinMs = 20_000;

/** Exit codes for what no further try mends: a variable is missing, the declaration is wrong, Hermes refuses its configuration. */
const hopelessExits: readonly (number | undefined)[] = [64, 65, 78];
/** Exit code of a second gateway in a container: the first goes on. */
const alreadyRuns = 73;
/** Lines of Hermes' log that are quoted when it ends. */
const quotedLines = 3;

/** A start failed for a reason that stays until somebody changes something. */
class HopelessStart extends Error {
  override readonly name = "HopelessStart";
}

/** The gateway ended, and the stack wants it to stay down until somebody asks for it. */
class StaysDown extends Error {
  override readonly name = "StaysDown";
}

export interface StarterParts {
  readonly box: Box;
  readonly gateway: Gateway;
  readonly ledger: Ledger;
  readonly env: Secrets;
  readonly home: Home;
  /** What becomes of a gateway that ends by itself. */
  readonly restart: RestartPolicy;
  /** `appliedHash` of what is declared, to tell later whether what runs is that. */
  readonly declarationHash: string;
  /** `attemptHash` of it: a start that failed under another one may succeed now. */
  readonly attempt: string;
  readonly memory: Pick<Memory, "lastChance">;
  readonly ending: Pick<Ending, "settled">;
  /** Told of a gateway that is found gone, or silent. */
  readonly alarms: Pick<Alarms, "lost" | "silent" | "started">;
  /** Called at the end of each start. */
  readonly becameReady: () => void;
  /** Brings Hermes' latest log lines into the journal. */
  readonly captureLogs: () => Promise<void>;
  readonly log: Log;
  /** Hides secrets in what Hermes wrote before it is kept or told. */
  readonly mask: (text: string) => string;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** Brings the bot from wherever it is to `ready`. Reality (marker, living processes) decides each step, never memory (I1, I5). */
export class Starter {
  private readonly parts: StarterParts;
  private inFlight: Promise<void> | undefined;

  constructor(parts: StarterParts) {
    this.parts = parts;
    this.forgiveOtherDeclarations();
  }

  /** What failed under another declaration says nothing about this one. */
  private forgiveOtherDeclarations(): void {
    const { ledger, attempt } = this.parts;
    const { failures } = ledger.current;
    if (failures.count > 0 && failures.declaration !== attempt) ledger.update({ failures: noFailures });
  }

  get starting(): boolean {
    return this.inFlight !== undefined;
  }

  /**
   * Single-flight: parallel callers share one start. @throws BotError `startFailed`, `gaveUp` or `staysDown`.
   * `force` (an operator's wake) forgets earlier failures.
   */
  ensureReady(cause: string, { force = false } = {}): Promise<void> {
    this.inFlight ??= this.bringUp(cause, force).finally(() => {
      this.inFlight = undefined;
    });
    return this.inFlight;
  }

  /** Whether a client's request can go straight to Hermes. */
  async isReady(): Promise<boolean> {
    const { ledger, box } = this.parts;
    return ledger.current.state === "ready" && (await box.isRunning());
  }

  private async bringUp(cause: string, force: boolean): Promise<void> {
    const { ledger, home, ending } = this.parts;
    if (force) ledger.update({ failures: noFailures });
    this.refuseTooEarly();
    const started = this.parts.now();
    try {
      await ending.settled();
      await this.discardAfterFailures();
      const fromNothing = await home.prepare(cause);
      await this.judgeEnd(cause, force);
      const startedHere = await this.startGateway(cause);
      await this.waitUntilReady(startedHere ? readyWithinMs : answersWithinMs);
      await this.waitUntilWarm();
      ledger.move("ready", cause);
      ledger.update({
        failures: noFailures,
        lastError: null,
        ...(fromNothing && { lastStartMs: this.parts.now() - started }),
      });
      this.parts.becameReady();
      this.parts.alarms.started(`ready after ${inWords(this.parts.now() - started)}`);
    } catch (error) {
      throw this.failed(error);
    }
  }

  private refuseTooEarly(): void {
    const { failures, lastError } = this.parts.ledger.current;
    const wait = notBefore(failures) - this.parts.now();
    if (wait <= 0) return;
    const reason = lastError?.message ?? "unknown";
    if (failures.staysDown) throw new BotError("staysDown", { reason });
    if (gaveUp(failures)) throw new BotError("gaveUp", { failures: failures.count, reason });
    throw new BotError("startFailed", { reason, retryAfter: Math.ceil(wait / 1000) });
  }

  /** A second failure in the same container is answered with a fresh one, a little later where its home cannot be saved. */
  private async discardAfterFailures(): Promise<void> {
    const { ledger, box, memory, log } = this.parts;
    const { count } = ledger.current.failures;
    if (count < 2 || !(await box.isRunning())) return;
    const { saved, problem } = await memory.lastChance("stop");
    if (!saved) log("error", "a container that fails holds changes that are not saved", { reason: problem?.message });
    if (!saved && count < discardUnsavedAfter) return;
    await box.destroy();
    ledger.update({ running: null });
  }

  /** Goes by the stack's `restart` where the gateway was ready and its process has ended; whoever asks for a start gets one. */
  private async judgeEnd(cause: string, asked: boolean): Promise<void> {
    const { ledger, gateway, alarms, restart, now, pause } = this.parts;
    if (asked || ledger.current.state !== "ready") return;
    const { gateway: found } = await gateway.surroundings();
    if (found.alive) return;
    const end = { exitCode: await this.exitCode(), clean: found.cleanShutdown === true };
    const earlier = ledger.current.gatewayEnds;
    const gatewayEnds = withEnd(earlier, now());
    const after = afterEnd(restart, end, gatewayEnds.length - 1);
    ledger.update({ gatewayEnds });
    if (after.does === "again") {
      alarms.lost("The gateway's process ended, and nobody asked it to.");
      // Before the delay: clients wait for the start then, and are not sent to a gateway that is gone.
      ledger.move("gatewayDied", `${cause}: the gateway is gone`);
      return pause(after.delayMs);
    }
    alarms.lost(after.reason);
    throw after.does === "down" ? new StaysDown(after.reason) : new HopelessStart(after.reason);
  }

  /** Of the gateway's process; undefined where its container does not know it. */
  private async exitCode(): Promise<number | undefined> {
    const { ledger, box } = this.parts;
    const processId = ledger.current.running?.processId;
    return processId ? (await box.process(processId))?.exitCode : undefined;
  }

  /** Returns whether a gateway was started, and none found alive. */
  private async startGateway(cause: string): Promise<boolean> {
    const { ledger, gateway, alarms } = this.parts;
    const { gateway: found } = await gateway.surroundings();
    if (ledger.current.state === "ready" && found.alive) alarms.silent();
    else if (ledger.current.state === "ready") alarms.lost("The gateway's process ended, and nobody asked it to.");
    if (ledger.current.state === "ready" || ledger.current.state === "starting") {
      ledger.move("gatewayDied", found.alive ? `${cause}: looking again` : `${cause}: the gateway is gone`);
    }
    if (!found.alive) {
      const starts = ledger.current.starts + 1;
      const processId = `gateway-${starts}`;
      const { running } = ledger.current;
      ledger.update({
        starts,
        running: running && { ...running, declaration: this.parts.declarationHash, processId },
      });
      await gateway.start(processId, gatewaySecrets(this.parts.env));
    }
    ledger.move("gatewayStarted", found.alive ? `${cause}: the gateway was running` : cause);
    return !found.alive;
  }

  /** A gateway that stays silent is ended, so that the next try starts another. */
  private async waitUntilReady(withinMs: number): Promise<void> {
    const { gateway, now, pause } = this.parts;
    const deadline = now() + withinMs;
    for (;;) {
      const health = await gateway.health();
      if (health?.running) return;
      await this.refuseEndedGateway();
      if (now() > deadline) {
        await gateway.kill();
        const reason = `The gateway was not ready after ${withinMs / 1000} seconds and was ended.`;
        const down = staysDown(this.parts.restart, { exitCode: undefined, clean: false });
        throw down === undefined ? new Error(reason) : new StaysDown(`${reason} ${down}`);
      }
      await pause(pollMs);
    }
  }

  /** A first chat before Hermes has loaded its tools fails, or sees a prompt without them. */
  private async waitUntilWarm(): Promise<void> {
    const { gateway, ledger, now, pause } = this.parts;
    const deadline = now() + warmWithinMs;
    for (;;) {
      const { warm, version } = (await gateway.surroundings()).gateway;
      const { running } = ledger.current;
      if (running && version) ledger.update({ running: { ...running, hermes: version } });
      if (warm || now() >= deadline) return;
      await this.refuseEndedGateway();
      await pause(warmPollMs);
    }
  }

  private async refuseEndedGateway(): Promise<void> {
    const { ledger, box, gateway, captureLogs, restart } = this.parts;
    const processId = ledger.current.running?.processId;
    if (!processId) return;
    const process = await box.process(processId);
    // The SDK answers such a question from a new container when the one before has ended.
    if (process === undefined) throw new Error("the container ended while the gateway started");
    const { alive, exitCode } = process;
    if (alive || exitCode === alreadyRuns) return;
    const { launch } = await gateway.surroundings();
    await captureLogs();
    const reason = launch?.problem
      ? `${launch.problem.message} ${launch.problem.next}`
      : `the gateway ended with exit code ${exitCode}: ${await this.lastWords(processId)}`;
    const down = staysDown(restart, { exitCode, clean: false });
    if (down !== undefined) throw new StaysDown(`${down} ${reason}`);
    throw hopelessExits.includes(exitCode) ? new HopelessStart(reason) : new Error(reason);
  }

  private async lastWords(processId: string): Promise<string> {
    const { box, gateway, mask } = this.parts;
    const lines = await gateway.logs(quotedLines).catch(() => []); // the output alone has to do then
    const words = lines.length > 0 ? lines.map(({ text }) => text).join(" / ") : await box.output(processId);
    return mask(words.trim().slice(-500)) || "it wrote nothing";
  }

  private failed(error: unknown): BotError {
    const { ledger, alarms, now } = this.parts;
    const count = ledger.current.failures.count + 1;
    const isDown = error instanceof StaysDown;
    const hopeless = isDown || error instanceof HopelessStart || (error instanceof RestoreFailed && error.hopeless);
    const failures = { count, lastAt: now(), declaration: this.parts.attempt, hopeless, staysDown: isDown };
    const reason = reasonOf(error);
    const problem = isDown
      ? new BotError("staysDown", { reason })
      : gaveUp(failures)
        ? new BotError("gaveUp", { failures: count, reason })
        : new BotError("startFailed", { reason, retryAfter: Math.ceil((notBefore(failures) - now()) / 1000) });
    ledger.moveIfLegal("failed", reason);
    alarms.started(`it failed: ${reason}`);
    ledger.update({ failures, lastError: { ...problem.report(), message: reason } });
    return problem;
  }
}
