/** Asks Discord whose token it is, and whether the application may read what people write. */
import { z } from "zod";
import { ask, isFinding } from "./ask.ts";
import { type Finding, lack, setAgain, warning } from "./finding.ts";

/** Bits of an application's flags: an intent that was granted, and one that is on for less than a hundred servers. */
const intents = {
  content: {
    bits: (1 << 18) | (1 << 19),
    name: "Message Content Intent",
    why: "Discord closes the connection of a bot that asks for message texts without it",
  },
  members: {
    bits: (1 << 14) | (1 << 15),
    name: "Server Members Intent",
    why: "talaria:discord.allowedRoles needs to see who has a role",
  },
} as const;

const applicationSchema = z.object({ id: z.string(), name: z.string(), flags: z.int().default(0) });

/** What is wrong with a token. `needsMembers`: roles say who may talk to the bot. */
export async function discordCheck(api: string, token: string, needsMembers: boolean): Promise<readonly Finding[]> {
  const discord = { label: "Discord", api };
  const headers = { authorization: `Bot ${token}` };
  const me = await ask(discord, "/users/@me", headers);
  if (isFinding(me)) return [me];
  if (me.status === 401 || me.status === 403) {
    return [
      lack(
        `Discord does not know talaria:discordBotToken (${me.status}): it was reset, or is not whole. Make a new one at https://discord.com/developers/applications > your application > Bot > Reset Token, then: ${setAgain("discordBotToken")}`,
      ),
    ];
  }
  const answer = await ask(discord, "/applications/@me", headers);
  if (isFinding(answer)) return [answer];
  const application = applicationSchema.safeParse(answer.body).data;
  if (application === undefined)
    return [
      warning(
        `Discord answered something else than its API does (${answer.status}), so its token is deployed unchecked.`,
      ),
    ];
  const needed = [intents.content, ...(needsMembers ? [intents.members] : [])];
  return needed
    .filter(({ bits }) => (application.flags & bits) === 0)
    .map(({ name, why }) =>
      lack(
        `The Discord application ${application.name} lacks the ${name}: ${why}. Turn it on at https://discord.com/developers/applications/${application.id}/bot > Privileged Gateway Intents, and save.`,
      ),
    );
}
