import { describe, expect, it } from "vitest";
import { chainsOf, rulesToDelete } from "./traces.ts";

const filter = [
  "-P FORWARD DROP",
  "-N DOCKER",
  "-N DOCKER-USER",
  "-N mine",
  "-A FORWARD -j DOCKER-USER",
  "-A FORWARD -i docker0 ! -o docker0 -j ACCEPT",
  "-A DOCKER-USER -j RETURN",
  "-A FORWARD -i eth0 -j mine",
];

describe("the traces of dockerd", () => {
  it("are the rules that name Docker's chains, bridge or network", () => {
    expect(rulesToDelete([...filter, "-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE"])).toEqual([
      ["-D", "FORWARD", "-j", "DOCKER-USER"],
      ["-D", "FORWARD", "-i", "docker0", "!", "-o", "docker0", "-j", "ACCEPT"],
      ["-D", "DOCKER-USER", "-j", "RETURN"],
      ["-D", "POSTROUTING", "-s", "172.17.0.0/16", "!", "-o", "docker0", "-j", "MASQUERADE"],
    ]);
  });

  it("are Docker's chains, and nobody else's", () => {
    expect(chainsOf(filter)).toEqual(["DOCKER", "DOCKER-USER"]);
  });
});
