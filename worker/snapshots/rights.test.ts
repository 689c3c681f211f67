import { expect, it } from "vitest";
import { isRole, mayAdd, mayRemove, type ObjectType, type Role } from "./rights.ts";

const roles: Role[] = ["backup", "import", "restore", "drill", "desk", "maintenance"];
const types: (ObjectType | "config")[] = ["data", "index", "snapshots", "config", "keys", "locks"];

it("is the table that the README shows", () => {
  const table = roles.map((role) => [
    role,
    types.filter((type) => mayAdd(role, type)).join(" "),
    types.flatMap((type) => (mayRemove(role, type) === "no" ? [] : [`${type}: ${mayRemove(role, type)}`])).join(", "),
  ]);
  expect(table).toEqual([
    ["backup", "data index snapshots config keys locks", "locks: own"],
    ["import", "data index snapshots config keys locks", "locks: own"],
    ["restore", "", ""],
    ["drill", "", ""],
    ["desk", "", ""],
    ["maintenance", "data index snapshots locks", "data: yes, index: yes, snapshots: yes, locks: yes"],
  ]);
});

it("knows no role by the name of something that every object has", () => {
  expect(["toString", "constructor", "__proto__", ""].filter(isRole)).toEqual([]);
});
