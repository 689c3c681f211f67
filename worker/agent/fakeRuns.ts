import { createHash } from "node:crypto";
import type { FakeBucket } from "../testing/fakeBucket.ts";

/** A run of the fake `talaria-state`. */
interface FakeRun {
  readonly run: string;
  readonly kind: string;
  readonly flags: ReadonlyMap<string, string>;
  readonly environment: Readonly<Record<string, string>>;
  alive: boolean;
  result: object | null;
}

/** A container's disk, as far as runs touch it. */
export interface FakeDisk {
  marker: { phase: string; boot: string; final: boolean; snapshot?: string } | null;
  home: string;
  gatewayAlive: boolean;
}

/** What lies in the bucket, for every container of a test. A home is one text; each character counts as a file. */
export class FakeRepository {
  readonly homes = new Map<string, string>();
  /** Snapshots that a restore finds broken. */
  readonly broken = new Set<string>();
  /** When set, every run fails with this code. */
  problem: string | undefined;
  /** Snapshots that restic cannot open. */
  readonly unreadable = new Set<string>();
  /** Added to what restic says that it has read. */
  miscount = 0;
  /** The next snapshot finds this database of the home broken. */
  malformed: string | undefined;
  readonly bucket: FakeBucket;

  constructor(bucket: FakeBucket) {
    this.bucket = bucket;
  }

  add(home: string): string {
    const id = createHash("sha256").update(`${this.homes.size} ${home}`).digest("hex");
    this.homes.set(id, home);
    this.bucket.hold("config");
    this.bucket.hold(`snapshots/${id}`);
    return id;
  }

  /** Keeps the last ones, whatever wrote them, and the protected ones. */
  tidy(flags: ReadonlyMap<string, string>): object {
    if (this.unreadable.size > 0) {
      const problem = { code: "repository_damaged", message: "a snapshot cannot be read" };
      return { outcome: "blocked", unreadable: [...this.unreadable], problem };
    }
    const { last } = JSON.parse((flags.get("--keep") ?? "").replaceAll("'", "")) as { last: number };
    const protect = (flags.get("--protect") ?? "").split(",");
    const doomed = [...this.homes.keys()].slice(0, -last).filter((id) => !protect.includes(id));
    for (const id of doomed) {
      this.homes.delete(id);
      this.bucket.objects.delete(`snapshots/${id}`);
    }
    const left = [...this.homes.keys()];
    const missing = protect.filter((id) => !this.homes.has(id));
    return { outcome: "tidied", kept: left.length, forgotten: doomed.length, left, missing, freedBytes: 9 };
  }

  tree(home: string) {
    return { files: home.length, bytes: home.length * 10, databases: 1 };
  }
}

/** The run protocol of `talaria-state`, over a fake disk and a fake repository. */
export class FakeRuns {
  readonly all: FakeRun[] = [];
  /** How many questions a run outlives. */
  endsAfter = 0;
  /** The next run to be started dies without a result. */
  nextDies = false;
  /** What an import is sent, and how new it is. */
  sent = { home: "", newest: "2026-11-21T00:00:00.000Z" };
  private readonly disk: FakeDisk;
  private readonly repository: FakeRepository;

  constructor(disk: FakeDisk, repository: FakeRepository) {
    this.disk = disk;
    this.repository = repository;
  }

  /** `talaria-state <verb> --run R …`, detached. */
  start(command: string, environment: Readonly<Record<string, string>>): void {
    const [, kind = "", ...rest] = command.split(" ");
    const flags = new Map<string, string>();
    for (let at = 0; at < rest.length; at += 2) flags.set(rest[at] ?? "", rest[at + 1] ?? "");
    if (this.all.some(({ alive }) => alive)) throw new Error("two runs at once");
    const dies = this.nextDies;
    this.nextDies = false;
    const run = flags.get("--run") ?? "";
    this.all.push({ run, kind, flags, environment, alive: !dies, result: null });
    if (kind === "restore" && !dies) this.mark("restoring", this.all.at(-1));
  }

  /** Answers `run`, `runs` and `end-run`; undefined for any other command. */
  answer(command: string): object | undefined {
    if (command === "talaria-state runs") return { runs: this.all.map(({ run, alive }) => ({ run, alive })) };
    const [, verb, id] = /^talaria-state (run|end-run) --run (\S+)/.exec(command) ?? [];
    if (verb === undefined) return undefined;
    const run = this.all.find((one) => one.run === id);
    if (run === undefined) return { run: id, kind: null, alive: false, progress: null, result: null };
    if (verb === "end-run") run.alive = false;
    else this.advance(run);
    return { ...run, progress: null };
  }

  alive(run: string): boolean | undefined {
    return this.all.find((one) => one.run === run)?.alive;
  }

  /** All processes end with the container. */
  lose(): void {
    this.all.length = 0;
  }

  private advance(run: FakeRun): void {
    if (!run.alive || this.endsAfter-- > 0) return;
    this.endsAfter = 0;
    run.alive = false;
    run.result = { run: run.run, kind: run.kind, problem: null, ...this.outcome(run) };
  }

  private outcome(run: FakeRun): object {
    const { problem } = this.repository;
    if (problem !== undefined) return { outcome: "failed", problem: { code: problem, message: `it is ${problem}` } };
    if (run.kind === "snapshot") return this.snapshot(run);
    if (run.kind === "restore") return this.restore(run);
    if (run.kind === "drill") return this.drill(run);
    if (run.kind === "care") return this.repository.tidy(run.flags);
    if (run.kind === "mend") return { outcome: "mended", packs: [] };
    if (run.kind === "import") return this.import(run);
    if (run.kind === "export")
      return { outcome: "sent", snapshot: run.flags.get("--snapshot"), sha256: "ab", bytes: 9 };
    if (run.kind === "diff") return { outcome: "compared", changes: [], counts: { added: 0, removed: 0, changed: 0 } };
    const snapshots = [...this.repository.homes.keys()].map((id, n) => ({
      id,
      time: new Date(n * 1000).toISOString(),
    }));
    return { outcome: "listed", repository: "open", snapshots };
  }

  private snapshot({ flags }: FakeRun): object {
    const { disk } = this;
    if (!disk.marker?.final) return refused("not_restored");
    if (flags.get("--fingerprint") === fingerprint(disk.home)) return { outcome: "unchanged" };
    return this.made(disk.home, flags);
  }

  private import({ flags }: FakeRun): object {
    const { sent, repository } = this;
    if (sent.newest < (flags.get("--after") ?? "")) return failed("import_older");
    const onto = flags.get("--onto");
    const told = { source: "hermes", newest: sent.newest, received: { bytes: 9, sha256: "ab" } };
    return { ...this.made(`${onto ? repository.homes.get(onto) : ""}${sent.home}`, flags), ...told };
  }

  private made(home: string, flags: ReadonlyMap<string, string>): object {
    const { repository } = this;
    const tree = repository.tree(home);
    const [files = "0"] = (flags.get("--previous") ?? "").split(",");
    return {
      outcome: "made",
      snapshot: repository.add(home),
      parent: flags.get("--parent") ?? null,
      fingerprint: fingerprint(home),
      tree,
      restic: {
        total_files_processed: tree.files + 1 + repository.miscount,
        total_bytes_processed: tree.bytes + 100,
        data_added_packed: 7,
      },
      manifestBytes: 100,
      shrunk: tree.files < Number(files) / 2,
      malformed: repository.malformed ? [repository.malformed] : [],
      versions: { hermes: "0.1", image: "image-of-the-run" },
    };
  }

  private restore(run: FakeRun): object {
    const { disk, repository } = this;
    if (disk.gatewayAlive) throw new Error("a restore ran over a living gateway");
    if (disk.marker?.final) return refused("already_restored");
    const id = run.flags.get("--snapshot") ?? "";
    const home = repository.homes.get(id);
    if (home === undefined) return bad("snapshot_missing");
    if (repository.broken.has(id)) return bad("snapshot_damaged");
    disk.home = home;
    this.mark("restored", run);
    return { outcome: "restored", snapshot: id, tree: repository.tree(home) };
  }

  private drill({ flags }: FakeRun): object {
    const { repository } = this;
    const id = flags.get("--snapshot") ?? "";
    const home = repository.homes.get(id);
    if (home === undefined) return bad("snapshot_missing");
    if (repository.broken.has(id)) return bad("snapshot_damaged");
    const counts = { sessions: home.length, messages: 0, memories: 1 };
    return { outcome: "passed", snapshot: id, tree: repository.tree(home), ...counts };
  }

  private mark(phase: "restoring" | "restored", run: FakeRun | undefined): void {
    if (this.disk.marker?.final) return;
    const boot = run?.flags.get("--boot-id") ?? "";
    this.disk.marker = { phase, boot, final: phase === "restored", snapshot: run?.flags.get("--snapshot") ?? "" };
  }
}

const fingerprint = (home: string) => createHash("sha256").update(home).digest("hex");
const refused = (code: string) => ({ outcome: "refused", problem: { code, message: `it is ${code}` } });
const failed = (code: string) => ({ outcome: "failed", problem: { code, message: `it is ${code}` } });
const bad = (code: string) => ({ outcome: "bad", problem: { code, message: `it is ${code}` } });
