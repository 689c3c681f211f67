import type { Outputs } from "./stack.ts";

export interface WelcomeOptions {
  readonly detached: boolean;
  /** What runs the containers. */
  readonly engine: string;
  /** Whether a Docker daemon answers on this machine. */
  readonly docker: boolean;
}

/** What to try next, ready to paste. Holds no token: the second line fetches them into the shell. */
export function welcome({ url }: Outputs, { detached, engine, docker }: WelcomeOptions): string {
  const isolation =
    engine === "docker"
      ? "containers of Docker, from the images that the stack built"
      : "plain processes: nothing is isolated, do not let it run what you would not run";
  const more =
    engine === "process" && docker
      ? `
Docker runs here. On it the stack builds its real images, runs them by digest, and keeps the bot from your files,
processes and network:  npm run local -- --stop  and then  npm run local -- --engine docker
`
      : "";
  const end = detached ? "\nEnd it with  npm run local -- --stop\n" : "";
  return `
The bot answers at ${url}   (${isolation})

Try, in another terminal in this folder:

  1. curl
       eval "$(./talaria env --stack local)"
       curl "$OPENAI_BASE_URL/chat/completions" -H "Authorization: Bearer $OPENAI_API_KEY" \\
         -H "Content-Type: application/json" -d '{"messages":[{"role":"user","content":"hello"}]}'

  2. any OpenAI client: it reads OPENAI_BASE_URL and OPENAI_API_KEY
       ./talaria chat "RUN uname -a"

  3. what Pulumi would change now (nothing)
       npm run pulumi -- preview
${more}${end}`;
}
