import { describe, expect, it } from "vitest";
import { type Declaration, declarationSchema } from "./declarationSchema.ts";
import { appliedHash, attemptHash, effectOf, effects, identityHash, identityOf } from "./identity.ts";
import declarationText from "./testing/declarationText.ts";

const declared: Declaration = declarationSchema.parse(JSON.parse(declarationText));
const hash = (change: object = {}) => appliedHash({ ...declared, ...change }, ["a secret"]);
const identity = (change: Partial<Declaration>) => identityHash({ ...declared, ...change });

describe("what a change of the declaration takes", () => {
  it("is another container for another image, network or engine, and for nothing else", () => {
    const images = { ...declared.images, hermes: "another" };
    const agent: Declaration["agent"] = { network: "none", hosts: [] };
    const same = identity({});
    const others: readonly Partial<Declaration>[] = [{ images }, { agent }, { engine: "docker" }];
    for (const change of others) expect(identity(change)).not.toBe(same);
    const sizes = { hermes: "basic", exec: "basic", care: "basic" } as const;
    expect(identity({ sizes })).not.toBe(identity({ sizes: { ...sizes, hermes: "lite" } }));
    const own = { vcpu: 1, memoryGib: 4, diskGb: 8 };
    const [small, large] = [own, { ...own, memoryGib: 5 }].map((hermes) => identity({ sizes: { ...sizes, hermes } }));
    expect(small).not.toBe(large);
    expect(identity({ sizes })).toBe(identity({ sizes: { ...sizes, exec: "lite" } }));
    expect(
      identity({ images: { ...declared.images, exec: "another" }, settings: { a: 1 }, snapshots: declared.snapshots }),
    ).toBe(same);
    expect(identityOf({ ...declared, agent: { network: "allowlist", hosts: ["a", "b"] } }).network).toBe(
      "allowlist a b",
    );
  });

  it("is no restart of the gateway for what the Worker alone obeys", () => {
    const changes: readonly Partial<Declaration>[] = [
      { corsOrigins: ["https://a.example"] },
      { alarms: undefined },
      { sleepAfterSeconds: 7 },
      { snapshots: { ...declared.snapshots, drillDays: 99 } },
      { exec: { ...declared.exec, parallel: 99, network: "none", hosts: [] } },
      { images: { ...declared.images, exec: "another", hermes: "another" } },
      { model: { ...declared.model, baseUrl: "https://b.example" } },
      { versions: { talaria: "9" } },
    ];
    for (const change of changes) expect([change, hash(change)]).toEqual([change, hash()]);
  });

  it("is one for what the container obeys, for a secret of its start, and for a field that nobody has thought of yet", () => {
    const changes = [
      { settings: { agent: { max_turns: 1 } } },
      { environment: { NEW: "1" } },
      { model: { ...declared.model, default: "openai/other" } },
      { maxConcurrentRuns: 99 },
      { stack: "another" },
      { unheardOf: { field: 1 } },
    ];
    for (const change of changes) expect([change, hash(change)]).not.toEqual([change, hash()]);
    expect(appliedHash(declared, ["another"])).not.toBe(hash());
  });

  it("does not depend on the order in which a tree was written", () => {
    expect(hash({ settings: { a: 1, b: { c: 2, d: 3 } } })).toBe(hash({ settings: { b: { d: 3, c: 2 }, a: 1 } }));
    expect(hash({ settings: { list: [1, 2] } })).not.toBe(hash({ settings: { list: [2, 1] } }));
  });

  it("is another try of a start that failed, whatever changed", () => {
    const tried = attemptHash(declared, []);
    expect(attemptHash({ ...declared, images: { ...declared.images, hermes: "another" } }, [])).not.toBe(tried);
    expect(attemptHash(declared, ["another password"])).not.toBe(tried);
  });

  it("is decided by the longest name that fits", () => {
    expect(["exec.parallel", "exec.network", "exec.hosts", "settings.exec.hosts"].map(effectOf)).toEqual([
      ...["none", "exec", "exec", "gateway"],
    ]);
  });

  it("is decided for fields that there are", () => {
    const shape = declarationSchema.shape as Readonly<Record<string, unknown>>;
    for (const path of Object.keys(effects)) expect(shape).toHaveProperty([path.split(".")[0] ?? ""]);
  });
});
