/** What happened, the newest first. */
import type { State } from "../agent/lifecycle.ts";
import { Answered, Card, More } from "./card.tsx";
import { type Episode, episodesOf } from "./episodes.ts";
import { Moment } from "./moment.tsx";
import { standing } from "./tones.ts";
import type { ConsoleView } from "./view.ts";
import { duration } from "./words.ts";

const shown = 6;

export function Timeline({ view }: { readonly view: ConsoleView }) {
  return (
    <Card title="What happened">
      <Answered of={view.status}>
        {({ transitions }) => {
          const episodes = episodesOf(transitions);
          if (episodes.length === 0) return <p class="none">Nothing yet: it has never run.</p>;
          return (
            <>
              <Episodes of={episodes.slice(0, shown)} />
              {episodes.length > shown && (
                <More of="moves" says={`${episodes.length - shown} before`}>
                  <Episodes of={episodes.slice(shown)} />
                </More>
              )}
            </>
          );
        }}
      </Answered>
    </Card>
  );
}

function Episodes({ of }: { readonly of: readonly Episode[] }) {
  return (
    <ol class="moves">
      {of.map((episode) => {
        const { word, tone } = standing(episode.to);
        return (
          <li class={tone}>
            <b>{word}</b>
            <Moment at={episode.at} as="short" />
            <span class="cause">
              {episode.cause}
              <br />
              {tookOf(episode)}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function tookOf({ start, before }: Episode): string {
  if (start === null) return `${was[before.state]} for ${duration(before.ms)}`;
  const steps = start.steps.map(({ of, ms }) => `${takes[of]} ${duration(ms)}`).join(", ");
  return `started in ${duration(start.ms)}: ${steps}`;
}

const was: Readonly<Record<State, string>> = {
  absent: "no container",
  fresh: "in a new container",
  restored: "without a gateway",
  starting: "starting",
  ready: "ready",
  stopped: "down",
  failed: "failed",
};

/** What a step of a start does while the bot is in a state. */
const takes: Readonly<Record<State, string>> = {
  ...was,
  fresh: "its memory",
  restored: "its gateway",
  starting: "Hermes",
};
