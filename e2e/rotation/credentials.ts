/** A provider's key and a Slack token that the stack is given, and then others: who is asked with which, and when. */
import { type RunningSlack, startSlack } from "../../local/chat/slack.ts";
import { agentApp, smallWorkspace } from "../../local/chat/slackWorkspace.ts";
import { type RunningModel, startModel } from "../../local/model/index.ts";
import { mustPass } from "../commands.ts";
import type { LocalSystem } from "../harness.ts";

/** Values before and after the rotation. */
export interface Rotating {
  readonly providerKey: string;
  readonly slackToken: string;
}

export const before: Rotating = { providerKey: "key-of-a-provider-before-0123", slackToken: agentApp.botToken };
export const after: Rotating = {
  providerKey: "key-of-a-provider-after-4567",
  slackToken: "xoxb-2000-agent-fedcba9876543210",
};

interface Ledger {
  /** Keys that the provider takes. */
  readonly valid: Set<string>;
  /** Keys that it was asked with, and when, in milliseconds since the epoch. */
  readonly asked: { readonly key: string | undefined; readonly at: number }[];
}

/** A provider whose keys are revoked by its owner, and a Slack that knows the old token, and one that knows the new one alone. */
export class Platforms {
  readonly valid: Ledger["valid"];
  readonly asked: Ledger["asked"];
  private readonly model: RunningModel;
  private readonly slacks: readonly RunningSlack[];

  private constructor(slacks: readonly RunningSlack[], model: RunningModel, ledger: Ledger) {
    this.slacks = slacks;
    this.model = model;
    this.asked = ledger.asked;
    this.valid = ledger.valid;
  }

  static async start(): Promise<Platforms> {
    const renewed = { ...agentApp, botToken: after.slackToken };
    const slacks = await Promise.all([startSlack(), startSlack({ workspace: { ...smallWorkspace, apps: [renewed] } })]);
    const ledger: Ledger = { valid: new Set([before.providerKey, after.providerKey]), asked: [] };
    const accepts = (key: string | undefined) => {
      ledger.asked.push({ key, at: Date.now() });
      return key !== undefined && ledger.valid.has(key);
    };
    return new Platforms(slacks, await startModel({ accepts }), ledger);
  }

  /** Declares the stack's Slack, its people, and the provider. */
  async declare(local: LocalSystem): Promise<void> {
    const words: Readonly<Record<string, string>> = {
      "chatApis.slack": this.slacks[0]?.url ?? "",
      "slack.allowedUsers[0]": "U0OPERATOR",
      "model.baseUrl": `${this.model.url}/v1`,
    };
    for (const [key, value] of Object.entries(words))
      mustPass(await local.pulumi(["config", "set", "--path", `talaria:${key}`, value]));
    mustPass(await local.pulumi(["config", "set", "--secret", "talaria:slackAppToken", agentApp.appToken ?? ""]));
    await this.give(local, before);
  }

  /** Puts the new values into the stack's config, where Slack knows the old token no longer. */
  async rotate(local: LocalSystem): Promise<void> {
    const url = this.slacks[1]?.url ?? "";
    mustPass(await local.pulumi(["config", "set", "--path", "talaria:chatApis.slack", url]));
    await this.give(local, after);
  }

  private async give(local: LocalSystem, { providerKey, slackToken }: Rotating): Promise<void> {
    mustPass(await local.pulumi(["config", "set", "--secret", "talaria:modelApiKey", providerKey]));
    mustPass(await local.pulumi(["config", "set", "--secret", "talaria:slackBotToken", slackToken]));
  }

  async close(): Promise<void> {
    await Promise.all([this.model.close(), ...this.slacks.map((slack) => slack.close())]);
  }
}
