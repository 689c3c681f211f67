import { BotError, reasonOf } from "../errors.ts";
import type { Ledger } from "./record.ts";
import type { Rest } from "./rest.ts";
import type { Rollback } from "./rollback.ts";
import type { Starter } from "./starter.ts";
import { upgradeTags } from "./upgrade.ts";

/** What an operator's restart did. */
export interface Restarted {
  readonly state: string;
  readonly ms: number;
  /** `started`: the bot was down, and nothing had to end first. */
  readonly did: "restarted" | "started";
}

/** A new container also says why the last changes are not in it; null when everything is saved. */
export interface ContainerRestarted extends Restarted {
  readonly unsaved: string | null;
}

export interface RestartsParts {
  readonly ledger: Ledger;
  readonly rest: Pick<Rest, "stop" | "restGateway" | "settled">;
  readonly starter: Pick<Starter, "starting" | "ensureReady">;
  readonly rollback: Pick<Rollback, "underWay">;
  /** The image that is declared: the next container is one of it. */
  readonly image: string;
  /** Up and ready, whatever failed before. */
  readonly bringUp: (cause: string) => Promise<void>;
  /** Wakes this object again if it is reset in the middle. */
  readonly goesOn: () => Promise<void>;
  readonly now: () => number;
}

/**
 * Restarts, by an operator or to heal: of the gateway in its container, whose disk stays, and of the container. A second call while one is
 * under way joins it. A bot that sleeps, or failed, is started; one that was stopped on purpose stays so.
 */
export class Restarts {
  private readonly parts: RestartsParts;
  private gatewayUnderWay: Promise<Restarted> | undefined;
  private containerUnderWay: Promise<ContainerRestarted> | undefined;

  constructor(parts: RestartsParts) {
    this.parts = parts;
  }

  /** A new gateway process in the same container. A restart of the container gives one too. */
  async gateway(cause = "an operator's restart of the gateway"): Promise<Restarted> {
    this.gatewayUnderWay ??= (this.containerUnderWay ?? this.restartGateway(cause)).finally(() => {
      this.gatewayUnderWay = undefined;
    });
    return this.gatewayUnderWay;
  }

  /**
   * A new container of the declared image, its memory restored. `force` goes on where the memory cannot be saved.
   * @throws BotError `unsaved`, and nothing has happened
   */
  async container(force: boolean, cause = "an operator's restart"): Promise<ContainerRestarted> {
    this.containerUnderWay ??= this.restartContainer(force, cause).finally(() => {
      this.containerUnderWay = undefined;
    });
    return this.containerUnderWay;
  }

  private async restartGateway(cause: string): Promise<Restarted> {
    const { rest, bringUp } = this.parts;
    return this.restart(async (isUp) => {
      if (isUp) await rest.restGateway(cause).catch(notEnded);
      await bringUp(cause);
    });
  }

  private async restartContainer(force: boolean, cause: string): Promise<ContainerRestarted> {
    await this.gatewayUnderWay?.catch(() => {}); // told to whoever asked for it
    const { ledger, rest, image, bringUp } = this.parts;
    let unsaved: string | null = null;
    const restarted = await this.restart(async (isUp) => {
      if (isUp) {
        const tags = upgradeTags(ledger.current.running, image);
        const order = {
          unsaved: force ? "tell" : "refuse",
          ...(tags && { reason: "upgrade" as const, tags }),
        } as const;
        ({ unsaved } = await rest.stop("running", cause, order));
      }
      await bringUp(cause);
    });
    return { ...restarted, unsaved };
  }

  private async restart(act: (isUp: boolean) => Promise<void>): Promise<Restarted> {
    const { ledger, rest, starter, rollback, goesOn, now } = this.parts;
    const started = now();
    await rest.settled();
    const { underWay } = rollback;
    if (underWay !== undefined) throw new BotError("runUnderWay", { run: underWay });
    if (ledger.current.desired === "stopped") throw new BotError("stoppedOnPurpose");
    // A drain in the middle of a start would meet half a gateway. What fails there fails again below, and is told then.
    if (starter.starting) await starter.ensureReady("an operator's restart").catch(() => {});
    const isUp = ledger.current.running !== null;
    await goesOn();
    await act(isUp);
    return { state: ledger.current.state, ms: now() - started, did: isUp ? "restarted" : "started" };
  }
}

function notEnded(error: unknown): never {
  throw new BotError("gatewayStays", { reason: reasonOf(error) });
}
