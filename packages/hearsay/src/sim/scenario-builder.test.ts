import { expect, test } from "vitest";
import { scenario } from "./scenario-builder.ts";
import { runScenario } from "./scenario.ts";

const story = scenario()
  .note("Two halves lose each other and meet again.")
  .cluster("a b c d e", { preset: "local", seed: 7 })
  .partition("a b", ["c", "d", "e"])
  .run("20s")
  .repair()
  .runUntilAgreed(30_000)
  .agree();

test("a scenario in code runs as the same one in text does", () => {
  const { text, said, cluster } = story.play();
  expect(text).toBe(runScenario(String(story)));
  expect(said.at(-1)).toBe("5 live nodes agree: a b c d e");
  expect(cluster.agreed).toBe(true);
  expect(text).toContain("run until agreed max 30s\nagree\n----\n");
  expect(story.play({ wire: "objects" }).text).toBe(text);
});

test("every command is a method", () => {
  const all = scenario()
    .cluster("n1..n4", {
      preset: "local",
      seed: 1,
      latency: { type: "exponential", meanMs: 20 },
      loss: 0.05,
      seeds: ["n1", "n2"],
      suspicionMult: 5,
      key: "k1",
      label: "dc1",
    })
    .add("x", { as: "n4", at: "10.0.9.9:7946" })
    .add(["y", "z"])
    .join("y z", "n1")
    .leave("y")
    .tags("n1", { role: "db" })
    .kill("n3")
    .restart("n3", { at: "10.0.9.8:7946", memory: true })
    .keys("n1 n2", "install", "k2")
    .keys("n1 n2", "use", "k2")
    .keys("n1 n2", "remove", "k1")
    .keys("n1 n2", "only", "k1 k2")
    .label("n3", "dc2")
    .label("n3", "dc1")
    .version("n3", 4)
    .renew()
    .pause("n2", 5000)
    .pause("n3")
    .resume("n3")
    .slow("n1 n2", "100ms")
    .clock("n1", -3_600_000)
    .clock("n1", "+1h")
    .drift("n1", -0.02)
    .nat("n1")
    .natOff("n1")
    .bridge("n1", "n2", "n3 n4")
    .ring("n1..n4")
    .isolate("n1")
    .cut("n1 -> n2")
    .repair("n1")
    .loss(0.8, "n1 -> n2")
    .latency([5, 10], "n1 <-> n2")
    .jitter(50)
    .bandwidth(1e6)
    .bandwidth("off")
    .mtu(1200, "n1 -> n2")
    .mtu("off")
    .duplicate(0.05)
    .replay("10%")
    .corrupt(0.07)
    .clog("n1 -> n2", "2s")
    .unclog()
    .block("udp", "n1")
    .unblock()
    .calm()
    .run(1500)
    .runUntilAgreed("10s", "n1 n2")
    .members("n1")
    .counts();
  expect(String(all))
    .toBe(`cluster n1..n4 preset=local suspicionMult=5 seed=1 latency=exponential:20ms loss=5% seeds=n1,n2 key=k1 label=dc1
----

add x as n4 at 10.0.9.9:7946
add y z
join y z via n1
leave y
tags n1 role=db
kill n3
restart n3 at 10.0.9.8:7946 with memory
keys n1 n2 install k2
keys n1 n2 use k2
keys n1 n2 remove k1
keys n1 n2 only k1 k2
label n3 dc2
label n3 dc1
version n3 4
renew
pause n2 for 5s
pause n3
resume n3
slow n1 n2 100ms
clock n1 -1h
clock n1 +1h
drift n1 -2%
nat n1
nat n1 off
bridge n1 | n2 | n3 n4
ring n1..n4
isolate n1
cut n1 -> n2
repair n1
loss n1 -> n2 80%
latency n1 <-> n2 5..10ms
jitter 50ms
bandwidth 1mbit
bandwidth off
mtu n1 -> n2 1200
mtu off
duplicate 5%
replay 10%
corrupt 7%
clog n1 -> n2 for 2s
unclog
block udp n1
unblock
calm
run 1500ms
----

run until agreed among n1 n2 max 10s
members n1
counts
----
`);
  expect(all.play().said.join("\n")).toContain("jumps 2  drifts 1");
});

test("what is impossible is refused where it is written", () => {
  expect(() => scenario().cluster("a").loss(1.5)).toThrow(
    "line 2: loss: expected a share of 0%..100%, got 150%",
  );
  expect(() => scenario().play()).toThrow("begin with a cluster");
  expect(() => scenario().cluster("a").kill("b").play()).toThrow('line 2: no node is named "b"');
});
