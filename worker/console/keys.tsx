/** How old what opens the bot is: the stack's secrets, and the named tokens of /v1. Never a value. */
import type { ClientToken } from "../agent/clientTokens.ts";
import type { SecretAge } from "../agent/secretAges.ts";
import { Answered, Card } from "./card.tsx";
import { Moment } from "./moment.tsx";
import type { ConsoleView } from "./view.ts";

export function Keys({ view }: { readonly view: ConsoleView }) {
  return (
    <Card title="Tokens and secrets" beside="since when">
      <Answered of={view.secrets}>
        {(secrets) => (
          <ul class="rows keys">
            {secrets.map((secret) => (
              <Secret {...secret} />
            ))}
          </ul>
        )}
      </Answered>
      <h3>Named tokens</h3>
      <Answered of={view.tokens}>
        {(tokens) =>
          tokens.length === 0 ? (
            <p class="none">
              None. <code>./talaria token add NAME</code> makes one.
            </p>
          ) : (
            <ul class="rows keys">
              {tokens.map((token) => (
                <Token {...token} />
              ))}
            </ul>
          )
        }
      </Answered>
    </Card>
  );
}

function Secret({ name, origin, since, overlapUntil }: SecretAge) {
  return (
    <li>
      <span class="main-line">
        {name} <span class="note">{origin === "generated" ? "made by the stack" : "from its config"}</span>
      </span>
      <span class="aside">
        <Moment at={since} />
      </span>
      {overlapUntil !== null && (
        <span class="note">
          The one before it is valid, too; that ends <Moment at={overlapUntil} />.
        </span>
      )}
    </li>
  );
}

function Token({ name, created, expires, lastUsed, replaced }: ClientToken) {
  return (
    <li>
      <span class="main-line">
        {name} {replaced && <span class="badge">replaced</span>}
      </span>
      <span class="aside">
        <Moment at={created} />
      </span>
      <span class="note">
        {lastUsed === null ? (
          "never used"
        ) : (
          <>
            used <Moment at={lastUsed} />
          </>
        )}
        ,{" "}
        {expires === null ? (
          "does not expire"
        ) : (
          <>
            its end is <Moment at={expires} />
          </>
        )}
      </span>
    </li>
  );
}
