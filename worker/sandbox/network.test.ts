import { describe, expect, it } from "vitest";
import { networkFields } from "./network.ts";

const own = ["talaria.internal"];

describe("what becomes of a declared network", () => {
  it("leaves everything open with internet, and reads no HTTPS", () => {
    const fields = networkFields({ network: "internet", hosts: [] }, own);
    expect(fields).toEqual({ enableInternet: true, interceptHttps: false, allowedHosts: undefined });
  });

  it("shuts everything but the list, and leads HTTPS past it too", () => {
    const fields = networkFields({ network: "allowlist", hosts: ["pypi.org", "*.pythonhosted.org"] });
    expect(fields).toEqual({
      enableInternet: false,
      interceptHttps: true,
      allowedHosts: ["pypi.org", "*.pythonhosted.org"],
    });
  });

  it("shuts everything with none: an empty list lets no host through, a missing one would let all", () => {
    const fields = networkFields({ network: "none", hosts: [] });
    expect(fields).toEqual({ enableInternet: false, interceptHttps: false, allowedHosts: [] });
  });

  it.each(["none", "allowlist"] as const)("keeps the hosts that the class itself answers with %s", (network) => {
    expect(networkFields({ network, hosts: [] }, own).allowedHosts).toEqual(own);
  });
});
