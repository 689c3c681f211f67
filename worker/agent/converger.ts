import { type Convergence, convergence, type Declared } from "./converge.ts";
import type { Ledger } from "./record.ts";
import type { Rest } from "./rest.ts";
import type { RunQueue } from "./runQueue.ts";
import type { Starter } from "./starter.ts";
import { upgradeTags } from "./upgrade.ts";

/** How long a change waits for a moment without a run. After it, what runs is drained, and requests that come wait. */
const longestPatienceMs = 120_000;

export interface ConvergerParts {
  readonly ledger: Ledger;
  readonly queue: RunQueue;
  readonly starter: Starter;
  readonly rest: Rest;
  readonly declared: Declared;
  readonly bringUp: (cause: string) => Promise<void>;
  readonly inBackground: (what: string, work: () => Promise<unknown>) => void;
}

/** Makes the bot run what is declared, at a moment that disturbs nobody. */
export class Converger {
  private readonly parts: ConvergerParts;
  /** A restart for another declaration is under way, or waits for its moment. */
  private restarting = false;

  constructor(parts: ConvergerParts) {
    this.parts = parts;
  }

  /** Begins what has to be done, in the background; says what there is to wait for. */
  converge(): Convergence {
    const { starter, rest, bringUp, inBackground } = this.parts;
    const answer = this.convergence();
    if (answer.action === "starting" && !starter.starting) inBackground("converge", () => bringUp("converge"));
    const moving = starter.starting || rest.stopping;
    if (answer.action === "restarting" && !moving && !this.restarting) {
      this.restarting = true;
      inBackground("converge", () => this.restart());
    }
    return answer;
  }

  private convergence(): Convergence {
    const { ledger, queue, declared } = this.parts;
    return convergence(ledger.current, declared, queue.active > 0);
  }

  /** A new image, network or size needs a new container; a new configuration only a new gateway in the same one, whose disk stays. */
  private async restart(): Promise<void> {
    const { queue, rest, bringUp } = this.parts;
    try {
      await queue.quiet(longestPatienceMs);
      const { action, replaces, waitingFor } = this.convergence();
      if (action !== "restarting") return;
      const cause = `converge: ${waitingFor}`;
      if (replaces === "container") await this.replaceContainer(cause);
      else await rest.restGateway(cause);
      await bringUp(cause);
    } finally {
      this.restarting = false;
    }
  }

  /** A snapshot that says what ran and what will stands before every change of image, so that both can go back together. Another network or size is none. */
  private async replaceContainer(cause: string): Promise<void> {
    const { ledger, rest, declared } = this.parts;
    const tags = upgradeTags(ledger.current.running, declared.image);
    await rest.stop("running", cause, { unsaved: "refuse", ...(tags && { reason: "upgrade", tags }) });
  }
}
