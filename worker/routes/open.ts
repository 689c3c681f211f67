import { Hono } from "hono";
import { declaration } from "../declaration.ts";
import type { App } from "./context.ts";

/** What anyone may see. Neither route wakes the bot. */
export const open = new Hono<App>();

open.get("/", (c) =>
  c.json({
    name: declaration.bot,
    what: "A Hermes Agent on Cloudflare, deployed by Talaria.",
    routes: {
      "GET /health": "the Worker answers (no token; wakes nothing)",
      "/v1/*": "OpenAI-compatible API of the agent (client token)",
      "GET /api/status": "the state of the bot (admin token; wakes nothing)",
      "GET /api/logs": "its last log lines (admin token; wakes nothing)",
      "POST /api/wake": "brings it up and answers when it is ready (admin token)",
      "POST /api/stop": "stops it until the next wake or chat (admin token)",
      "POST /api/snapshot": "begins to save its memory (admin token)",
      "GET /api/snapshots": "what is saved (admin token; wakes nothing)",
      "POST /api/restore": "begins to make a snapshot its memory again: {id} (admin token)",
      "POST /api/rollback": "the same, and leaves it stopped: {id} (admin token)",
      "POST /api/start-fresh": "begins to give it an empty memory: {bot: its name} (admin token)",
      "POST /api/export": "begins to make an archive of a snapshot ready: {id}, or of its memory (admin token)",
      "GET /api/exports/:run": "the archive, a tar, once (admin token)",
      "POST /api/import":
        "stops it and begins to make a snapshot of a home from elsewhere: {mode: replace | merge, force} (admin token)",
      "PUT /api/imports/:run": "that home, as a tar or zip, once (admin token)",
      "GET /api/snapshots/diff": "begins to compare two of them: ?from=&to= (admin token)",
      "POST /api/drill": "begins to prove that its memory restores (admin token)",
      "POST /api/care": "begins to tidy what is saved, by the policy (admin token)",
      "GET /api/audit": "the agent's commands: ?session=&since=&limit=&wait= (admin token)",
      "GET /api/exec/sessions": "whose commands have a workspace (admin token)",
      "GET /api/exec/sessions/:session/list":
        "what lies in one: ?path= (admin token; starts its sandbox, as all below)",
      "GET, PUT /api/exec/sessions/:session/file": "a file in it: ?path= (admin token)",
      "PUT, GET, DELETE /api/exec/sessions/:session/jobs/:job":
        "a terminal in it: {tty: {rows, cols}}; its output: ?offset=&wait= (admin token)",
      "POST /api/exec/sessions/:session/jobs/:job/input, …/window": "what is typed: ?offset=; its size (admin token)",
      "GET /api/runs/:run": "how far a run is, or how it ended (admin token)",
    },
  }),
);

open.get("/health", (c) => c.json({ status: "ok", bot: declaration.bot }));
