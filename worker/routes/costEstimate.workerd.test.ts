import { describe, expect, it } from "vitest";
import { adminToken, ask } from "../testing/askTheDoor.ts";

interface Estimate {
  readonly sizes: { readonly hermes: unknown; readonly exec: unknown };
  readonly sleepAfterSeconds: number | null;
  readonly awakeHoursPerDay: number;
  readonly bill: { readonly total: number };
}

const answer = (query: string) => ask(`/api/cost/estimate?${query}`, { token: adminToken });
const estimate = async (query: string) => (await (await answer(query)).json()) as Estimate;

describe("an estimate of what is not deployed", () => {
  it("is for another size, by its name or in numbers, and a named one is the same either way", async () => {
    const declared = await estimate("sleepAfterSeconds=never");
    const large = await estimate("sleepAfterSeconds=never&sizeHermes=standard-4");
    expect(large.bill.total).toBeGreaterThan(declared.bill.total);
    expect(await estimate("sleepAfterSeconds=never&sizeHermes=4x12x20")).toEqual(large);
    const own = await estimate("sizeHermes=1x4x8&sizeExec=lite");
    expect(own.sizes).toMatchObject({ hermes: { vcpu: 1, memoryGib: 4, diskGb: 8 }, exec: "lite" });
  });

  it("is for another sleepAfter", async () => {
    expect(await estimate("hoursPerDay=2&stretches=1&sleepAfterSeconds=1800")).toMatchObject({
      ...{ sleepAfterSeconds: 1800, awakeHoursPerDay: 2.5 },
    });
    expect(await estimate("sleepAfterSeconds=never")).toMatchObject({ sleepAfterSeconds: null, awakeHoursPerDay: 24 });
  });

  it.each([
    ["sizeHermes=huge", '"huge" is not one of lite, basic'],
    ["sizeHermes=2x4x8", '"2x4x8" has memoryGib 4, which is below 6: at least 3 GiB for each vCPU'],
    ["sleepAfterSeconds=4h", "is a number of seconds, or never"],
  ])("is none for %s", async (query, reason) => {
    const refused = await answer(query);
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain(JSON.stringify(reason).slice(1, -1));
  });
});
