/** What the replay knows about single exchanges beyond the recording. */

const watch = "the stand-in has no file watching; nothing of ours uses it";
const isRootOnLinux = process.platform === "linux" && process.getuid?.() === 0;
const squashfs = "needs squashfs tools and, for the restore, FUSE";

/** Exchanges that the stand-in does not answer like the real server, each with the reason. All others must agree. */
export const leftOut: Readonly<Record<string, string>> = {
  "backup/create: success": squashfs,
  "backup/create: again, same archive path, zstd": squashfs,
  "backup/create: gzip, excludes": squashfs,
  "backup/create: sessionless": squashfs,
  "backup/restore: FUSE overlay": squashfs,
  "exec: after the restore": squashfs,
  "backup/restore: again": squashfs,
  "backup/restore: broken archive": squashfs,
  "watch/check: first": watch,
  "watch/check: outside /workspace": watch,
  "watch/check: missing path": watch,
  "watch/check: missing directory": watch,
  "watch: missing directory": watch,
  "watch: outside /workspace": watch,
  "watch: malformed JSON": watch,
  "watch: include and exclude": watch,
  "watch: write, append, rename, delete, mkdir": watch,
  "watch/check: after changes": watch,
  ...(isRootOnLinux ? {} : { "write: read-only place": "only root on Linux gets as far as the recorded error" }),
};

/** Exchanges that were open before another one began: the later in the file, then the one that it was opened before. */
export const openedBefore: Readonly<Record<string, string>> = {
  "process sessionless: stream open while the process is killed": "process sessionless: kill running",
  "process session: stream open while the process is killed": "process session: kill running",
  "exec session: interrupted by session delete": "session: delete while an exec runs in it",
};

/** Exchanges without a pause after them, though they start a process: the next one is about its first moments. */
export const withoutPause: ReadonlySet<string> = new Set([
  "process sessionless: start with timeoutMs and output",
  "process sessionless: start for a live stream",
  "process session: start for a live stream",
  "port-watch: start a web server process",
  "port-watch: start a process that exits",
]);

/** Answers that a fast server cannot give: at least half of the recorded time passes. */
export const slow: ReadonlySet<string> = new Set([
  "exec sessionless: timeout, TERM ignored: 5 s grace then KILL",
  "exec sessionless: background child that holds stdout delays the answer",
  "process sessionless: kill of one that ignores TERM",
  "exec/stream sessionless: timeoutMs is ignored",
]);

/** A request before an exchange. In its strings `<pid of NAME>` stands for the pid in the answer to that exchange. */
interface Preparation {
  /** Sent as JSON to the path before the exchange. */
  readonly path: string;
  readonly body: object;
  readonly pauseMs?: number;
}

const bash = (command: string): Preparation => ({
  path: "/api/execute",
  body: { command, sessionId: "__DISABLE_SESSION__" },
});

/** What the recorder had done before an exchange, apart from the exchanges before it. */
export const preparations: Readonly<Record<string, readonly Preparation[]>> = {
  "write: text": [
    bash(`mkdir -p /workspace/t/d/sub && cd /workspace/t && umask 022
printf 'hello\\nworld\\n' >a.txt; head -c 300 /dev/zero | tr '\\0' '\\377' >bin; echo x >d/f; ln -s a.txt link; ln -s nowhere broken
echo h >.hid; : >empty; printf '\\211PNG\\r\\n\\032\\n0000' >p.png; echo '{}' >j.json; chmod 640 j.json
touch -h -d 2026-01-02T03:04:05Z a.txt bin d/f d/sub d link broken .hid empty p.png j.json
head -c 200000 /dev/urandom >big; truncate -s 34M huge`),
    { path: "/api/session/create", body: { id: "fs", cwd: "/workspace/t" } },
  ],
  "git/checkout: local repository": [
    bash(`git init -q -b main /workspace/src && cd /workspace/src && git config user.email a@b && git config user.name a
echo 1 >f && git add f && git commit -q -m 1 && git branch other`),
  ],
  "backup: create its session": [
    bash("mkdir -p /workspace/bk/sub /workspace/bk/node_modules; cd /workspace/bk; touch f sub/s node_modules/n"),
  ],
  "process session: start with id": [
    // The orphan of the duplicate id is killed from outside; its end is noted under the id.
    bash("kill -9 -- -<pid of process sessionless: duplicate id, first>; sleep 0.3"),
  ],
  "process: list running only": [bash("kill -9 -- -<pid of process sessionless: id with slash>; sleep 0.3")], // its time is over
  "process: logs of a session process ended by exit never answers": [
    {
      path: "/api/process/start",
      body: { command: "sleep 0.2; exit 3", sessionId: "e2", processId: "gone" },
      pauseMs: 600,
    },
  ],
  "exec session: created with env and cwd": [
    { path: "/api/session/create", body: { id: "e4", env: { SE: "1" }, cwd: "/var" } },
  ],
};
