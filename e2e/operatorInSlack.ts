/** An operator who has nothing but Slack: what he types and presses in a Slack on loopback, and what he reads there. */
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { type By, type RunningSlack, type SlackMessage, type SlackReply, startSlack } from "../local/chat/slack.ts";
import { operatorApp, operatorUser } from "../local/chat/slackWorkspace.ts";
import { mustPass } from "./commands.ts";
import type { LocalSystem } from "./harness.ts";

const manifestSchema = z.looseObject({
  features: z.looseObject({ slash_commands: z.tuple([z.looseObject({ command: z.string(), url: z.string() })]) }),
  settings: z.looseObject({ interactivity: z.looseObject({ request_url: z.string() }) }),
});

/** How long an answer took Slack to get, milliseconds. */
export interface Figure {
  readonly what: string;
  readonly ms: number;
}

export class OperatorInSlack {
  readonly slack: RunningSlack;
  readonly figures: Figure[] = [];
  private readonly local: LocalSystem;
  private read = 0;

  private constructor(local: LocalSystem, slack: RunningSlack) {
    this.local = local;
    this.slack = slack;
  }

  /** Writes the app into the stack's configuration; the next `up` puts it live. */
  static async configured(local: LocalSystem): Promise<OperatorInSlack> {
    const slack = await startSlack();
    const set = async (...words: string[]) => mustPass(await local.pulumi(["config", "set", ...words]));
    await set("--path", "talaria:chatApis.slack", slack.url);
    await set("--path", "talaria:operatorBot.allowedUsers[0]", operatorUser.id);
    await set("--secret", "talaria:operatorSlackBotToken", operatorApp.botToken);
    await set("--secret", "talaria:operatorSlackSigningSecret", operatorApp.signingSecret);
    return new OperatorInSlack(local, slack);
  }

  /** Where Slack sends what is typed and pressed, as the manifest tells it. */
  async addresses(): Promise<{ readonly command: string; readonly commands: string; readonly actions: string }> {
    const { stdout } = mustPass(await this.local.talaria(["slack-manifest", "--operator"]));
    const { features, settings } = manifestSchema.parse(JSON.parse(stdout));
    const [{ command, url }] = features.slash_commands;
    return { command, commands: url, actions: settings.interactivity.request_url };
  }

  /** Types the command with these words; the reply is what Slack shows at once. */
  async type(text: string, by: By = {}): Promise<SlackReply> {
    const { command, commands } = await this.addresses();
    const reply = await this.slack.command(commands, command, text, by);
    this.figures.push({ what: `${command} ${text}`, ms: reply.ms });
    return reply;
  }

  /** Presses the button that stands for these words. */
  async press(value: string, by: By = {}): Promise<SlackReply> {
    const { actions } = await this.addresses();
    const reply = await this.slack.press(actions, { action_id: value.replaceAll(" ", ":"), value }, by);
    this.figures.push({ what: `[${value}]`, ms: reply.ms });
    return reply;
  }

  /** The next message that came and says so; those before it are passed over. @throws Error when none comes */
  async hears(what: RegExp, seconds = 180): Promise<SlackMessage> {
    const deadline = Date.now() + seconds * 1_000;
    for (;;) {
      const fresh = this.slack.messages.slice(this.read);
      const at = fresh.findIndex((message) => what.test(wordsOf(message)));
      if (at >= 0) {
        this.read += at + 1;
        const found = fresh[at];
        if (found !== undefined) return found;
      }
      if (Date.now() > deadline) {
        const heard = this.slack.messages.map(wordsOf).join("\n");
        throw new Error(`nothing in Slack says ${what} after ${seconds} s. All that was said:\n${heard}`);
      }
      await pause(100);
    }
  }
}

/** All that a message says. */
export function wordsOf({ text, blocks }: SlackMessage): string {
  return `${text} ${JSON.stringify(blocks)}`;
}
