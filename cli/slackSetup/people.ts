/** Who may talk to a bot: finds the member id, keeps it, and sees whether messages reach the bot. */
import { z } from "zod";
import { ask } from "./questions.ts";
import { callSlack } from "./slackWeb.ts";
import type { Setup } from "./tokens.ts";

const howToCopy = "In Slack: your picture > Profile > ⋮ > Copy member ID.";
const userSchema = z.object({
  user: z.object({
    id: z.string(),
    name: z.string().default(""),
    is_bot: z.boolean().default(false),
    deleted: z.boolean().default(false),
  }),
});
const fieldsSchema = z
  .looseObject({
    allowedUsers: z.array(z.string()).default([]),
    allowAllUsers: z.boolean().default(false),
    pairing: z.boolean().default(false),
  })
  .prefault({});

/** Adds somebody to `<key>.allowedUsers`, unless somebody may already. Answers a member id that may talk to the bot, if any is known. */
export async function peopleStep(setup: Setup, key: string, token: string): Promise<string | undefined> {
  const { output, config } = setup;
  const { allowedUsers, allowAllUsers, pairing } = fieldsSchema.parse(config.fields(key));
  if (allowAllUsers || pairing) {
    output.note(`   talaria:${key} lets people in without a list.`);
    return undefined;
  }
  const isFirst = allowedUsers.length === 0;
  if (!isFirst) output.note(`   talaria:${key}.allowedUsers has ${allowedUsers.join(", ")}.`);
  const member = await findMember(setup, token, isFirst);
  if (member !== undefined && !allowedUsers.includes(member)) {
    await config.setField(`${key}.allowedUsers[${allowedUsers.length}]`, member);
    output.note(`   Kept in talaria:${key}.allowedUsers.`);
  }
  return member ?? allowedUsers[0];
}

async function findMember(setup: Setup, token: string, isNeeded: boolean): Promise<string | undefined> {
  const { output, api } = setup;
  const or = isNeeded ? "" : "; Enter to leave it at that";
  for (;;) {
    const given = await ask(`   Your e-mail address in this workspace, or your member id${or}: `);
    if (given === "") {
      if (!isNeeded) return undefined;
      output.note(`   ${howToCopy}`);
      continue;
    }
    const isEmail = given.includes("@") && !given.startsWith("@");
    if (!isEmail && !/^[UW][A-Z0-9]{2,20}$/.test(given)) {
      output.note(`   "${given}" is neither an e-mail address nor a member id such as U01ABC2DE3F. ${howToCopy}`);
      continue;
    }
    const answer = isEmail
      ? await callSlack(api, "users.lookupByEmail", token, { email: given })
      : await callSlack(api, "users.info", token, { user: given });
    if (answer.error === "missing_scope" && !isEmail) {
      output.note("   This app may not look people up, so the id is taken as it is.");
      return given;
    }
    const problem = problemOf(answer.error, given);
    const found = userSchema.safeParse(answer.fields).data?.user;
    if (problem !== undefined || found === undefined) output.note(`   ${problem ?? "Slack names nobody."}`);
    else if (found.is_bot || found.deleted)
      output.note(`   ${found.name} is ${found.is_bot ? "a bot" : "not in the workspace any more"}.`);
    else {
      output.note(`   That is ${found.name}, ${found.id}.`);
      return found.id;
    }
  }
}

function problemOf(error: string, given: string): string | undefined {
  if (error === "") return undefined;
  if (error === "missing_scope")
    return `The app may not look people up by e-mail (its scope would be users:read.email). Give the member id. ${howToCopy}`;
  if (/not_found|not_visible/.test(error)) return `Nobody in this workspace is ${given}.`;
  return `Slack does not say who ${given} is (${error}).`;
}

const tab =
  'App Home > Show Tabs: turn on Messages Tab, and tick "Allow users to send Slash commands and messages from the messages tab"';

/** Slack tells whether the messages tab is on only when something is sent, so a person is asked before. */
export async function messagesTabStep(
  { output, api }: Setup,
  token: string,
  member: string | undefined,
): Promise<void> {
  output.note("\nMessages tab: without it nobody can write to the bot.");
  const yes =
    member !== undefined &&
    /^y(es)?$/i.test(await ask(`   Send ${member} a greeting, to see whether it is on? [y/N] `));
  if (!yes) {
    output.note(`   Look for yourself: https://api.slack.com/apps > your app > ${tab}.`);
    return;
  }
  for (;;) {
    const text = "Hello. Once `pulumi up` has run, you can talk to your agent here.";
    const sent = await callSlack(api, "chat.postMessage", token, { channel: member, text });
    if (sent.ok) {
      output.note(
        "   It arrived: the messages tab is on. Answer there once the bot is deployed; if Slack does not let you, the tick under App Home is missing.",
      );
      return;
    }
    if (sent.error !== "messages_tab_disabled") {
      output.note(`   Slack does not send it (${sent.error}). Look for yourself: ${tab}.`);
      return;
    }
    output.note(`   It is off. ${tab}.`);
    if ((await ask("   Press Enter when it is on, or type `skip`: ")) === "skip") return;
  }
}
