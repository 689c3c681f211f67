/** The program's commands about money. */
import type { Command } from "commander";
import { cap, capRaise, capSwitch, type RaiseOptions } from "./commands/cap.ts";
import { type CostOptions, cost, costEstimate, type EstimateOptions } from "./commands/cost.ts";
import { amount, month, run, spanOrNever } from "./parsing.ts";

/** Adds them. */
export function addCostCommands(program: Command): void {
  const costCommand = program
    .command("cost")
    .description(
      "what a month has cost and will: Cloudflare by what was counted, models beside the caps; wakes nothing",
    )
    .option("--month <month>", "another than this one, such as 2026-10", month)
    .action(run((context, command) => cost(context, command.opts<CostOptions>())));
  costCommand
    .command("estimate")
    .description(
      "what Cloudflare would charge for a month of the deployed bot; `pulumi preview` says it before a deploy",
    )
    .option(
      "--hours-per-day <hours>",
      "in which somebody, or a job, uses it; talaria:estimate where left out",
      amount(0, 24),
    )
    .option("--stretches <number>", "that these hours come in", amount(0, 96))
    .option("--sleep-after <duration>", "as talaria:sleepAfter would have it, such as 30m, or never", spanOrNever)
    .option("--size-hermes <size>", "as talaria:sizes would have it: standard-2, or vCPU x GiB x GB such as 1x4x8")
    .option("--size-exec <size>", "the same, for the containers of the agent's commands")
    .option("--size-care <size>", "the same, for the daily tidying")
    .action(run((context, command) => costEstimate(context, command.optsWithGlobals<EstimateOptions>())));
  const capCommand = program
    .command("cap")
    .description("what models may cost: the caps, and what is left of them")
    .action(run((context) => cap(context)));
  capCommand
    .command("raise")
    .description("another cap until the day or the month is over; for good it stands in talaria:spend")
    .option("--day <dollars>", "of today", amount(0.01, 100_000))
    .option("--month <dollars>", "of this month", amount(0.01, 100_000))
    .option("--session <dollars>", "of each session, until the month is over", amount(0.01, 100_000))
    .action(run((context, command) => capRaise(context, command.opts<RaiseOptions>())));
  capCommand
    .command("pause")
    .description("ask no model any more, until `cap resume`")
    .action(run((context) => capSwitch(context, "pause")));
  capCommand
    .command("resume")
    .description("let requests to models through again")
    .action(run((context) => capSwitch(context, "resume")));
}
