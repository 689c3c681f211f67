import fs from "node:fs";
import { expect, it } from "vitest";
import { pageOf, tables, withTable } from "./table.ts";

it.each(tables)(
  "the table $name stands in $file as the estimate says it (node worker/cost/table.ts writes it)",
  (table) => {
    const page = fs.readFileSync(pageOf(table), "utf8");
    expect(withTable(page, table)).toBe(page);
  },
);
