/** Messages of the operator's bot, in Block Kit. Text comes in as mrkdwn: what is not ours went through `escaped`. */
import { type CommandName, commands } from "./commands.ts";
import { clipped } from "./mrkdwn.ts";

/** What is said: the text for a notification, blocks for whoever looks. */
export interface Message {
  readonly text: string;
  readonly blocks: readonly object[];
}

/** Slack's limits, in characters. */
const longestSection = 3_000;
const longestCode = 2_900;

/** A message of lines, with buttons below it. */
export function message(lines: readonly string[], buttons: readonly CommandName[] = []): Message {
  const blocks = lines.map((line) => section(line));
  return { text: plain(lines[0] ?? ""), blocks: buttons.length === 0 ? blocks : [...blocks, row(buttons)] };
}

/** Lines of a log, the newest of them. */
export function code(head: string, text: string, buttons: readonly CommandName[] = []): Message {
  const block = section(`\`\`\`\n${clipped(text, longestCode, "tail")}\n\`\`\``);
  return { text: plain(head), blocks: [section(head), block, row(buttons)] };
}

/** A section; with a button beside it that stands for a command and its argument. */
export function section(text: string): object;
export function section(text: string, name: CommandName, argument: string): object;
export function section(text: string, name?: CommandName, argument = ""): object {
  // Verbatim: Slack makes no links or mentions of what is no mrkdwn.
  const said = { type: "mrkdwn", text: clipped(text, longestSection), verbatim: true };
  return { type: "section", text: said, ...(name && { accessory: button(name, argument) }) };
}

function row(names: readonly CommandName[]): object {
  return { type: "actions", elements: names.map((name) => button(name)) };
}

/** A button stands for what would be typed. */
function button(name: CommandName, argument = ""): object {
  const { button: label, ...rest } = commands[name];
  const value = `${name} ${argument}`.trim();
  return {
    type: "button",
    text: { type: "plain_text", text: label },
    action_id: value.replaceAll(" ", ":"),
    value,
    ...("style" in rest && { style: rest.style }),
    ...("confirm" in rest && { confirm: dialog(rest.confirm) }),
  };
}

function dialog({ title, text, yes }: { readonly title: string; readonly text: string; readonly yes: string }): object {
  const plainText = (words: string) => ({ type: "plain_text", text: words });
  return { title: plainText(title), text: plainText(text), confirm: plainText(yes), deny: plainText("Leave it") };
}

/** Without the marks of bold: notifications show them as they are. */
function plain(text: string): string {
  return text.replaceAll("*", "");
}
