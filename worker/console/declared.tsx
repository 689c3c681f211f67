/** What the stack declares, and what runs. */
import type { Child } from "hono/jsx";
import type { Status } from "../agent/status.ts";
import { Answered, Card, Fact } from "./card.tsx";
import type { ConsoleView } from "./view.ts";
import { imageTail } from "./words.ts";

export function Declared({ view }: { readonly view: ConsoleView }) {
  const { declaration } = view;
  return (
    <Card title="Declared and running" beside={`stack ${declaration.stack}`}>
      <Answered of={view.status}>{(status) => <Running status={status} />}</Answered>
      <dl class="facts">
        <Fact name="Model">{declaration.model.default}</Fact>
        <Fact name="Chat platforms">{declaration.chatPlatforms.join(", ") || "none"}</Fact>
        <Fact name="Runs at once">{declaration.maxConcurrentRuns}</Fact>
        <Fact name="Saved every">{declaration.snapshots.intervalMinutes} min</Fact>
        <Fact name="Agent reaches">{reachOf(declaration.agent)}</Fact>
        <Fact name="Commands reach">{reachOf(declaration.exec)}</Fact>
        <Fact name="Engine">
          {declaration.engine} {declaration.engine === "process" && <span class="badge bad">not isolated</span>}
        </Fact>
        <Fact name="Versions">
          {Object.entries(declaration.versions)
            .map(([name, version]) => `${name} ${version}`)
            .join(", ")}
        </Fact>
      </dl>
    </Card>
  );
}

function Running({ status }: { readonly status: Status }) {
  const { images, versions, runningVersions, runsDeclared } = status;
  const { hermes } = images;
  return (
    <dl class="pairs">
      <Pair name="Settings" as={runsDeclared === null ? "nothing runs" : runsDeclared ? "same" : "differs"}>
        {runsDeclared === false ? "the next start takes what is declared" : "declaration and secrets"}
      </Pair>
      <Pair name="Hermes" as={sameAs(versions.hermes ?? null, runningVersions.hermes)}>
        {versions.hermes ?? "–"}
        {runningVersions.hermes !== null && runningVersions.hermes !== versions.hermes && (
          <>; {runningVersions.hermes} runs</>
        )}
      </Pair>
      <Pair name="Image" as={sameAs(hermes.declared, hermes.running)}>
        <Image reference={hermes.declared} />
        {hermes.running !== null && hermes.running !== hermes.declared && (
          <>
            <br />
            <Image reference={hermes.running} /> runs
          </>
        )}
      </Pair>
      <Pair name="Exec">
        <Image reference={images.exec.declared} />
      </Pair>
      <Pair name="Care">
        <Image reference={images.care.declared} />
      </Pair>
    </dl>
  );
}

type Sameness = "same" | "differs" | "nothing runs";

function sameAs(declared: string | null, running: string | null): Sameness {
  return running === null ? "nothing runs" : running === declared ? "same" : "differs";
}

function Pair({ name, as, children }: { readonly name: string; readonly as?: Sameness; readonly children?: Child }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span class="value">{children}</span>
        {as !== undefined && <span class={`badge ${badges[as]}`}>{words[as]}</span>}
      </dd>
    </div>
  );
}

const words: Readonly<Record<Sameness, string>> = {
  same: "as declared",
  differs: "differs",
  "nothing runs": "not running",
};
const badges: Readonly<Record<Sameness, string>> = { same: "good", differs: "bad", "nothing runs": "" };

function Image({ reference }: { readonly reference: string }) {
  return <code title={reference}>{imageTail(reference)}</code>;
}

function reachOf({ network, hosts }: { readonly network: string; readonly hosts: readonly string[] }): string {
  if (network === "none") return "nothing";
  return network === "internet" ? "the internet" : hosts.join(", ") || "no host";
}
