import type { Alarms } from "../alarms/alarms.ts";
import type { Declaration } from "../declarationSchema.ts";
import { reasonOf } from "../errors.ts";
import { identityOf } from "../identity.ts";
import type { Box } from "../sandbox/box.ts";
import type { Memory } from "../snapshots/memory.ts";
import type { Ending } from "./ending.ts";
import type { Gateway, Surroundings } from "./gateway.ts";
import { runningImage } from "./image.ts";
import type { Ledger } from "./record.ts";

export interface HomeParts {
  readonly box: Box;
  readonly gateway: Gateway;
  readonly ledger: Ledger;
  readonly declaration: Declaration;
  readonly declarationHash: string;
  readonly memory: Pick<Memory, "found" | "prepare" | "startsFrom">;
  /** Gives the box another name: the next container is one that has never been. */
  readonly replaceBox: () => void;
  readonly ending: Pick<Ending, "containerGone" | "isUnderWay">;
  readonly alarms: Pick<Alarms, "lost">;
}

/** The container that Hermes lives in, up and with a home that is whole. Its marker decides, never the record (I1). */
export class Home {
  private readonly parts: HomeParts;

  constructor(parts: HomeParts) {
    this.parts = parts;
  }

  /** Container up and marker final. Returns whether the container was started from nothing. */
  async prepare(cause: string): Promise<boolean> {
    const { ledger, declaration, memory } = this.parts;
    const found = await this.surroundingsOfTheDeclaredImage().catch((error: unknown) => this.explainAbsence(error));
    const { state } = ledger.current;
    if (["absent", "stopped", "failed"].includes(state)) ledger.move("containerStarted", cause);
    const image = runningImage(found.image, declaration);
    if (!found.marker?.final) {
      await this.fillHome(found, image, cause);
      return true;
    }
    await memory.found();
    const { running } = ledger.current;
    if (running?.bootId !== found.marker.boot) {
      // A container that this record does not know: whatever gateway it runs was started with who knows what.
      ledger.update({ running: { declaration: "", image, bootId: found.marker.boot, processId: null } });
    }
    ledger.moveIfLegal("found", `${cause}: the container was up`);
    return false;
  }

  /** The home of a fresh container becomes the memory, or starts empty where there has never been one. */
  private async fillHome(found: Surroundings, image: string, cause: string): Promise<void> {
    const { ledger, gateway, box, memory, declaration, declarationHash } = this.parts;
    if (found.gateway.alive) {
      await box.destroy();
      throw new Error("a gateway ran over a home that was not restored; its container was ended (I1)");
    }
    if (ledger.current.state !== "fresh") this.startOver(cause);
    ledger.update({ running: null });
    const prepared = await memory.prepare(crypto.randomUUID());
    const isRestored = prepared.kind === "restored";
    const bootId = isRestored ? prepared.boot : crypto.randomUUID();
    if (!isRestored) await gateway.firstBoot(bootId);
    memory.startsFrom(bootId, isRestored ? prepared.record : null);
    const declared = declaration.images.hermes;
    const { network, size } = identityOf(declaration);
    const instead = image === declared ? {} : { insteadOf: declared };
    const running = { declaration: declarationHash, image, network, size, bootId, processId: null, ...instead };
    ledger.update({ running });
    ledger.move(isRestored ? "snapshotRestored" : "firstBoot", cause);
  }

  /** The SDK says that a container is starting when there is none that could: the image is named, which may be the cause. */
  private async explainAbsence(error: unknown): Promise<never> {
    const { box, declaration } = this.parts;
    if (await box.isRunning()) throw error;
    const reason = reasonOf(error);
    throw new Error(
      `no container came up from the image ${declaration.images.hermes} (${reason}); check that it exists`,
    );
  }

  /**
   * The platform may start a box with the image that it had before a rollout (cloudflare/containers#233), again and again
   * under the same name. Nothing lies on the disk of a container that just started, so it is given up for one of a new name,
   * once: a second old image is reported, not fought.
   */
  private async surroundingsOfTheDeclaredImage(): Promise<Surroundings> {
    const { gateway, box, declaration, replaceBox } = this.parts;
    const found = await this.surroundingsOfOneThatStays();
    const isFresh = found.marker === null;
    if (!isFresh || runningImage(found.image, declaration) === declaration.images.hermes) return found;
    await box.destroy();
    replaceBox();
    return gateway.surroundings();
  }

  /** The container itself knows first that it was told to end: it finishes its runs, then saves. */
  private async surroundingsOfOneThatStays(): Promise<Surroundings> {
    const { gateway, ending } = this.parts;
    const found = await gateway.surroundings();
    if (!found.ending) return found;
    await ending.containerGone();
    return gateway.surroundings();
  }

  /** The record believed in a container that is gone: a fresh one answered in its place. */
  private startOver(cause: string): void {
    const { ledger, alarms, ending } = this.parts;
    const isUnasked = ledger.current.state === "ready" && !ending.isUnderWay;
    if (isUnasked) alarms.lost("The container was gone, and nobody asked it to end: another one answered.");
    ledger.move("lost", `${cause}: another container answered`);
    this.parts.ledger.move("containerStarted", cause);
  }
}
