/** What is declared, beside what the user and the agent set, judged by each Hermes that can be installed here: pytest, which the part `container` runs without one. */
import path from "node:path";
import { describe, expect, it } from "vitest";
import { ensureHermes, hermesVersions } from "../../../local/toolchain/hermes.ts";
import { ensurePythonTool } from "../../../local/toolchain/pythonTool.ts";
import { run } from "../../../local/toolchain/run.ts";

const folder = path.join(import.meta.dirname, "..", "..", "..", "container", "hermes");
const rooms = ["configure", "declared_files", "hands"].map((room) => `talaria_agent/${room}`);
/** Histories of the property test: more of them by hand, with TALARIA_TEST_CASES. */
const cases = process.env.TALARIA_TEST_CASES ?? "40";
const progress = () => {};

describe.each([undefined, ...hermesVersions])("declared configuration under Hermes %s", (version) => {
  it("wins over what the user set, and loses nothing of it", { timeout: 900_000 }, async () => {
    const { venv } = await ensureHermes({ progress, ...(version === undefined ? {} : { version }) });
    const python = await ensurePythonTool("pytest", { progress });
    const env = { ...process.env, TALARIA_TEST_HERMES_BIN: path.join(venv, "bin"), TALARIA_TEST_CASES: cases };
    const words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "with_hermes", ...rooms];
    const { code, stdout } = await run(python, words, { env, cwd: folder });
    expect(code, stdout).toBe(0);
    expect(stdout).toMatch(/\d+ passed/);
  });
});
