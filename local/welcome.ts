import type { Outputs } from "./stack.ts";

/** What to try next, ready to paste. Holds no token: the second line fetches them into the shell. */
export function welcome({ url }: Outputs, { detached }: { detached: boolean }): string {
  const end = detached ? "\nEnd it with  npm run local -- --stop\n" : "";
  return `
The bot answers at ${url}   (plain processes: nothing is isolated, do not let it run what you would not run)

Try, in another terminal in this folder:

  1. curl
       eval "$(./talaria env --stack local)"
       curl "$OPENAI_BASE_URL/chat/completions" -H "Authorization: Bearer $OPENAI_API_KEY" \\
         -H "Content-Type: application/json" -d '{"messages":[{"role":"user","content":"hello"}]}'

  2. any OpenAI client: it reads OPENAI_BASE_URL and OPENAI_API_KEY
       ./talaria chat "RUN uname -a"

  3. what Pulumi would change now (nothing)
       npm run pulumi -- preview
${end}`;
}
