/** schemathesis asks a running bot what its OpenAPI document says, and more; what it finds wrong comes back. */
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import { ensurePythonTool } from "../../local/toolchain/pythonTool.ts";
import { run } from "../../local/toolchain/run.ts";

/** Answers that it holds against the document. */
const checks = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_schema_conformance",
  "unsupported_method",
  "allow_header_conformance",
];

/** A part of the document. */
export interface Part {
  /** Patterns of `operationId`s, of all that are asked. */
  readonly operations: readonly string[];
  readonly token: string;
  /** Random requests an operation. */
  readonly examples: number;
  /** Also every edge of every parameter, one by one: many requests. */
  readonly edges: boolean;
  /** Requests at the same time. */
  readonly workers: number;
  /** What a parameter is, where chance would wait for long: `query.wait`. */
  readonly fixed?: Readonly<Record<string, string>>;
}

/** How a part went. */
export interface Found {
  /** Requests by operation and answer: `GET /health 200` → 9. */
  readonly answers: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Zero when nothing was found. */
  readonly code: number;
  /** What it printed. */
  readonly output: string;
}

const eventSchema = z.object({
  ScenarioFinished: z
    .object({
      recorder: z.looseObject({
        label: z.string(),
        interactions: z
          .record(
            z.string(),
            z.looseObject({
              request: z.looseObject({ method: z.string() }),
              response: z.looseObject({ status_code: z.number() }).nullish(),
            }),
          )
          .default({}),
      }),
    })
    .optional(),
});

/** Runs it. @param url of the bot */
export async function schemathesis(url: string, part: Part): Promise<Found> {
  const python = await ensurePythonTool("schemathesis", { progress: () => {} });
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-schemathesis-"));
  const events = path.join(folder, "events.ndjson");
  try {
    const config = path.join(folder, "schemathesis.toml");
    await fs.writeFile(config, configOf(part));
    const began = Date.now();
    const { code, stdout, stderr } = await run(
      python,
      [
        ...["-m", "schemathesis.cli", "--config-file", config, "run", `${url}/openapi.json`],
        ...["--checks", checks.join(","), "--include-operation-id-regex", `^(${part.operations.join("|")})$`],
        ...["--report", "ndjson", "--report-ndjson-path", events],
      ],
      { cwd: folder, env: { ...process.env, TALARIA_TOKEN: part.token, NO_COLOR: "1" } },
    );
    const answers = counted(await fs.readFile(events, "utf8").catch(() => "")); // there is none where it did not begin
    return { answers, seconds: (Date.now() - began) / 1_000, code, output: stdout + stderr };
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** The token goes by the environment: it stands in no file and no list of processes. */
function configOf({ examples, edges, workers, fixed = {} }: Part): string {
  const parameters = Object.entries(fixed).map(([name, value]) => `${JSON.stringify(name)} = ${JSON.stringify(value)}`);
  const token = "$" + "{TALARIA_TOKEN}"; // schemathesis fills it in
  return [
    `headers = { Authorization = "Bearer ${token}" }`,
    `parameters = { ${parameters.join(", ")} }`,
    `workers = ${workers}`,
    "seed = 7",
    "request-timeout = 200",
    "continue-on-failure = true",
    "[generation]",
    `max-examples = ${examples}`,
    `mode = "${edges ? "all" : "positive"}"`,
    "[phases.coverage]",
    `enabled = ${edges}`,
    "[phases.stateful]",
    "enabled = false",
    "",
  ].join("\n");
}

function counted(events: string): Record<string, number> {
  const answers: Record<string, number> = {};
  for (const line of events.split("\n").filter(Boolean)) {
    const finished = eventSchema.parse(JSON.parse(line)).ScenarioFinished;
    for (const { response } of Object.values(finished?.recorder.interactions ?? {})) {
      const answer = `${finished?.recorder.label} ${response?.status_code ?? "none"}`;
      answers[answer] = (answers[answer] ?? 0) + 1;
    }
  }
  return answers;
}
