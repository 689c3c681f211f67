/** The recovery kit as a text for people. All but the variables is a comment, so that a shell can read the file. */
import { shellQuoted } from "../shell.ts";
import type { KitCommand, RecoveryKit } from "./kit.ts";

/** The whole text, without a line end. */
export function kitText(kit: RecoveryKit): string {
  const hidden = Object.values(kit.environment).includes(null);
  return [
    ...comment([
      `Recovery kit of the bucket ${kit.bucket}${kit.stack === null ? "" : ` (stack ${kit.stack})`}`,
      "Opens the bot's memory with restic 0.17 or newer, without the Worker and without the stack.",
      "Without the repository password the memory is lost: nobody can recover it. Keep it apart from this account.",
      "",
      `repository   ${kit.repository}`,
      `account      ${kit.accountId}`,
      `password in  ${kit.passwordIn}`,
      "",
      `1. Set the variables${hidden ? " (what is hidden: --reveal shows it, --out FILE writes it; or make a new key, see 3.)" : ""}`,
    ]),
    ...Object.entries(kit.environment).map(([name, value]) =>
      value === null ? `# export ${name}=...` : `export ${name}=${shellQuoted(value)}`,
    ),
    ...comment([
      "",
      "2. Read the memory. The key only reads, nothing here changes the repository.",
      ...steps(kit.commands),
      "",
      "3. When the key is gone (a destroyed stack takes its key with it), make a new one.",
      ...kit.newKey.dashboard.map((line) => `   - ${line}`),
      "   or by the API:",
      ...steps(kit.newKey.api),
      "",
      "4. Bring a bot back on it.",
      ...steps(kit.newStack),
    ]),
  ].join("\n");
}

function steps(commands: readonly KitCommand[]): string[] {
  return commands.flatMap(({ does, command }) => [`   ${does}:`, `     ${command}`]);
}

function comment(lines: readonly string[]): string[] {
  return lines.map((line) => (line === "" ? "#" : `# ${line}`));
}
