/** What the Agent answers about the dashboard: requests for it, and the way of a waiting page. */
import type { Desired, State } from "../agent/lifecycle.ts";
import type { Ledger } from "../agent/record.ts";
import { BotError, type ErrorReport, reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Dashboard, type DashboardState, waitingHeader } from "./dashboard.ts";

/** What a waiting page is told each second. */
export interface DashboardProgress {
  readonly state: State;
  readonly desired: Desired;
  readonly dashboard: DashboardState["dashboard"];
  /** Whether the wake, or the dashboard's start, goes on by itself. */
  readonly underWay: boolean;
  /** Why it does not. */
  readonly problem: ErrorReport | null;
}

export interface DashboardDoorParts {
  readonly dashboard: Pick<Dashboard, "answer" | "begin" | "state">;
  readonly ledger: Ledger;
  /** Wakes the bot; shared by all who wait. */
  readonly wake: (cause: string) => Promise<void>;
  readonly inBackground: (what: string, work: () => Promise<unknown>) => void;
  readonly log: Log;
  readonly now: () => number;
}

/** Lets pages in where the dashboard is up, and tells others that they wait. */
export class DashboardDoor {
  private readonly parts: DashboardDoorParts;
  private opening: Promise<void> | undefined;
  private problem: BotError | undefined;

  constructor(parts: DashboardDoorParts) {
    this.parts = parts;
  }

  /** Hermes' answer, else plain JSON; {@link waitingHeader} stands on what may become a waiting page. */
  async answer(request: Request): Promise<Response> {
    try {
      return await this.parts.dashboard.answer(request);
    } catch (error) {
      const problem =
        error instanceof BotError ? error : new BotError("dashboardLost", { reason: reasonOf(error), retryAfter: 3 });
      this.parts.log("warn", problem.message, { code: problem.code, requestId: request.headers.get("x-request-id") });
      const answer = problem.toJson();
      if (problem.code !== "dashboardLost") answer.headers.set(waitingHeader, "1");
      return answer;
    }
  }

  /** Wakes the bot where it is not awake, then begins the dashboard. Pages that ask at once share it. */
  open(): void {
    this.problem = undefined;
    this.opening ??= this.wakeAndBegin()
      .catch((error: unknown) => {
        this.problem = error instanceof BotError ? error : new BotError("startFailed", { reason: reasonOf(error) });
      })
      .finally(() => {
        this.opening = undefined;
      });
    const { opening } = this;
    this.parts.inBackground("the wake for the dashboard", () => opening);
  }

  /** Wakes nothing. */
  async progress(): Promise<DashboardProgress> {
    const { state, desired } = this.parts.ledger.current;
    const { dashboard, problem } = await this.parts.dashboard.state();
    const underWay = this.opening !== undefined || dashboard === "starting";
    return { state, desired, dashboard, underWay, problem: this.problem?.report() ?? problem };
  }

  private async wakeAndBegin(): Promise<void> {
    const { ledger, wake, dashboard } = this.parts;
    if (ledger.current.state !== "ready") await wake("an operator opens the dashboard");
    ledger.used({ desired: "running" });
    dashboard.begin();
  }
}
