import { expect, test } from "vitest";
import { later, NEVER, NO_PEER } from "../../kernel/index.ts";
import type {
  Command,
  Instant,
  Message,
  NodeEvent,
  PeerId,
  Rng,
  Tenant,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../../kernel/index.ts";
import { Crowd } from "./crowd.ts";
import type { CrowdContext, CrowdOptions } from "./crowd.ts";

interface Word extends Message {
  readonly type: "word" | "thanks";
  readonly text: string;
}

interface GossipCommand extends Command {
  readonly type: "tell" | "link" | "unlink" | "whisper";
  readonly peer?: PeerId;
  readonly text?: string;
}

interface Heard extends NodeEvent {
  readonly type: "heard";
  readonly what: string;
}

const PERIOD_MS = 100;

/** Once it has heard the word, it tells one node in each period. */
class Gossip implements Tenant<Word, GossipCommand> {
  readonly name = "gossip";
  readonly wire: TenantWire<Word> = { messages: [] };
  deadline: Instant = NEVER;
  readonly #context: CrowdContext;
  learntAt: Instant = NEVER;

  constructor(context: CrowdContext) {
    this.#context = context;
  }

  handle(
    input: TenantInput<Word, GossipCommand>,
    now: Instant,
    rng: Rng,
    effects: TenantEffects<Word>,
  ): void {
    switch (input.type) {
      case "command":
        return this.#onCommand(input.command, now, effects);
      case "timeout": {
        this.deadline = later(now, PERIOD_MS);
        // Learnt in this very round: not before the next.
        if (this.learntAt === now) return;
        for (const peer of this.#context.oracle.sample(1, NO_PEER, rng)) {
          effects.send(peer, { type: "word", text: "so" });
        }
        return;
      }
      case "message":
        effects.notify({
          type: "heard",
          what: `${input.message.text} (${input.carrier})`,
        } as Heard);
        if (input.message.type === "word" && input.carrier === "datagram") {
          effects.send(input.peer, { type: "thanks", text: "thanks" });
          this.#learn(now);
        }
        return;
      case "linkUp":
      case "linkDown": {
        const reason = input.type === "linkDown" ? ` ${input.reason}` : "";
        return effects.notify({
          type: "heard",
          what: `${input.type} ${input.peer}${reason}`,
        } as Heard);
      }
      default:
        return;
    }
  }

  #onCommand(command: GossipCommand, now: Instant, effects: TenantEffects<Word>): void {
    const { peer = NO_PEER, text = "" } = command;
    if (command.type === "tell") this.#learn(now);
    else if (command.type === "link") effects.link(peer);
    else if (command.type === "unlink") effects.unlink(peer);
    else effects.sendLinked(peer, { type: "word", text });
  }

  #learn(now: Instant): void {
    if (this.learntAt !== NEVER) return;
    this.learntAt = now;
    this.deadline = later(now, PERIOD_MS);
  }
}

function crowdOf(size: number, options: Partial<CrowdOptions> = {}): Crowd {
  return new Crowd({ seed: 1, size, tenants: (context) => [new Gossip(context)], ...options });
}

/** A crowd of three, and what its nodes have heard. */
function three(options: Partial<CrowdOptions> = {}): { crowd: Crowd; heard: string[] } {
  const heard: string[] = [];
  const onEvent = (node: PeerId, event: NodeEvent): void => {
    heard.push(`${crowd.now} n${node}: ${(event as Heard).what}`);
  };
  const crowd = crowdOf(3, { latencyMs: 5, onEvent, ...options });
  return { crowd, heard };
}

const a = 0 as PeerId;
const b = 1 as PeerId;

function knowing(crowd: Crowd): number {
  return crowd.live.filter((node) => (crowd.tenant(node, 0) as Gossip).learntAt < NEVER).length;
}

function tell(
  crowd: Crowd,
  type: GossipCommand["type"],
  node: PeerId,
  peer = NO_PEER,
  text = "",
): void {
  crowd.command(node, "gossip", { type, peer, text } as GossipCommand);
}

test("a word reaches all by events, and the same seed tells it the same way", () => {
  const runs = [7, 7, 8].map((seed) => {
    const crowd = crowdOf(500, { seed, latencyMs: [1, 20] });
    tell(crowd, "tell", a);
    expect(crowd.runUntil(() => knowing(crowd) === 500, 10_000)).toBe(true);
    return `${crowd.now} ${JSON.stringify(crowd.counts)}`;
  });
  expect(runs[0]).toBe(runs[1]);
  expect(runs[0]).not.toBe(runs[2]);
});

test("in rounds whoever learns in a round tells from the next on: at most twice as many a round", () => {
  const crowd = crowdOf(1000);
  tell(crowd, "tell", a);
  let before = 1;
  let rounds = 0;
  for (; before < 1000 && rounds < 50; rounds++) {
    crowd.round(PERIOD_MS);
    expect(knowing(crowd)).toBeLessThanOrEqual(2 * before);
    before = knowing(crowd);
  }
  // Pittel: log2 n + ln n + O(1).
  expect(rounds).toBeGreaterThan(14);
  expect(rounds).toBeLessThan(23);
});

test("each round calls on the nodes in another order", () => {
  const orders = new Set<string>();
  let order = "";
  const crowd = crowdOf(6, {
    onMessage: (from, _, { type }) => (order += type === "word" ? from : ""),
  });
  for (const node of crowd.live) tell(crowd, "tell", node);
  for (let i = 0; i < 20; i++) {
    order = "";
    crowd.round(PERIOD_MS);
    orders.add(order);
  }
  expect(orders.size).toBeGreaterThan(15);
  expect([...order].toSorted().join("")).toBe("012345");
});

test("what is lost, delivered and missed adds up to what was sent", () => {
  const crowd = crowdOf(100, { loss: 0.3, latencyMs: 10 });
  tell(crowd, "tell", a);
  crowd.run(1000);
  for (let node = 0; node < 50; node++) crowd.kill(node as PeerId);
  crowd.run(1000);
  const { sent, delivered, lost, missed } = crowd.counts;
  // What has not come yet is not yet anything.
  crowd.run(20);
  expect(lost / sent).toBeCloseTo(0.3, 1);
  expect(missed).toBeGreaterThan(0);
  expect(sent - delivered - lost - missed).toBeLessThan(100);
});

test("a link comes up at both sides, carries messages in order, and is closed by whoever dialed", () => {
  const { crowd, heard } = three({ latencyMs: [5, 50] });
  tell(crowd, "link", a, b);
  crowd.run(200);
  heard.length = 0;
  for (let i = 0; i < 10; i++) tell(crowd, "whisper", a, b, `${i}`);
  tell(crowd, "unlink", a, b);
  tell(crowd, "whisper", a, b, "too late");
  crowd.run(200);
  expect(heard.map((line) => line.replace(/^\S+ /, ""))).toEqual([
    "n0: linkDown 1 closed",
    ...Array.from({ length: 10 }, (_, i) => `n1: ${i} (link)`),
    "n1: linkDown 0 closed",
  ]);
  expect(crowd.drops).toEqual({ noLink: 1 });
});

test("dials that cross make one link", () => {
  const { crowd, heard } = three();
  tell(crowd, "link", a, b);
  tell(crowd, "link", b, a);
  crowd.run(100);
  expect(heard).toEqual(["5 n1: linkUp 0", "5 n0: linkUp 1"]);
});

test("a dead node refuses, and a killed one's peers hear of it at once", () => {
  const { crowd, heard } = three();
  crowd.kill(b);
  tell(crowd, "link", a, b);
  crowd.run(100);
  expect(heard).toEqual(["10 n0: linkDown 1 refused"]);
  crowd.restart(b);
  tell(crowd, "link", a, b);
  crowd.run(100);
  crowd.kill(b);
  crowd.run(100);
  expect(heard.slice(1)).toEqual([
    "105 n1: linkUp 0",
    "110 n0: linkUp 1",
    "205 n0: linkDown 1 reset",
  ]);
});

test("where broken links show when they are used, silence hides a death", () => {
  const { crowd, heard } = three({ brokenLinks: "whenUsed" });
  tell(crowd, "link", a, b);
  crowd.run(100);
  crowd.kill(b);
  heard.length = 0;
  crowd.run(100);
  expect(heard).toEqual([]);
  tell(crowd, "whisper", a, b, "are you there?");
  crowd.run(100);
  expect(heard).toEqual(["210 n0: linkDown 1 reset"]);
});

test("links that break late break once, and not those that were made since", () => {
  const { crowd, heard } = three({ brokenAfterMs: 1000 });
  tell(crowd, "link", a, b);
  crowd.run(100);
  crowd.kill(b);
  heard.length = 0;
  tell(crowd, "whisper", a, b, "are you there?");
  crowd.run(1000);
  expect(heard).toEqual([]);
  crowd.run(100);
  expect(heard).toEqual(["1105 n0: linkDown 1 reset"]);

  const again = three({ brokenAfterMs: 1000 });
  tell(again.crowd, "link", a, b);
  again.crowd.run(100);
  again.crowd.kill(b);
  again.crowd.restart(b);
  tell(again.crowd, "unlink", a, b);
  tell(again.crowd, "link", a, b);
  again.heard.length = 0;
  again.crowd.run(5000);
  expect(again.heard).toEqual(["105 n1: linkUp 0", "110 n0: linkUp 1"]);
});

test("the oracle knows all the others, and draws them alike", () => {
  const counts = new Map<PeerId, number>();
  const crowd = crowdOf(20, { onMessage: (_, to) => counts.set(to, (counts.get(to) ?? 0) + 1) });
  crowd.kill(b);
  let all: readonly PeerId[] = [];
  const watcher = crowdOf(20, {
    tenants: (context) => {
      all = context.oracle.sample(100, 3 as PeerId, context.rng);
      return [];
    },
  });
  expect(watcher.live.length).toBe(20);
  expect(all.length).toBe(18);
  expect(new Set(all).size).toBe(18);
  tell(crowd, "tell", a);
  for (let i = 0; i < 2000; i++) crowd.round(PERIOD_MS);
  expect(counts.has(b)).toBe(false);
  const shares = [...counts.values()].map((count) => count / crowd.counts.sent);
  for (const share of shares) expect(share).toBeCloseTo(1 / 19, 2);
});

test("impossible crowds are refused", () => {
  const tenants = (): Tenant[] => [];
  expect(() => new Crowd({ seed: -1, size: 1, tenants })).toThrow(/seed/);
  expect(() => new Crowd({ seed: 1, size: 0, tenants })).toThrow(/size/);
  expect(() => new Crowd({ seed: 1, size: 1, tenants, brokenAfterMs: -1 })).toThrow(
    /brokenAfterMs/,
  );
  expect(() => new Crowd({ seed: 1, size: 1, tenants, loss: 2 })).toThrow(/loss/);
  expect(() => new Crowd({ seed: 1, size: 1, tenants, latencyMs: [2, 1] })).toThrow(/latencyMs/);
  expect(() => crowdOf(1).command(a, "nobody", { type: "tell" })).toThrow(/tenant/);
});
