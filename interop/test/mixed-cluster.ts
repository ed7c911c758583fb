/** Nodes of ours in this process and Serf agents as processes, all ended together. */
import { createNode } from "hearsay";
import type { HearsayNode, NodeOptions } from "hearsay";
import { SerfAgent } from "./serf.ts";

export class MixedCluster {
  readonly #nodes: HearsayNode[] = [];
  readonly #agents: SerfAgent[] = [];

  /** A started node of the `local` preset. */
  async node(name: string, options: Partial<NodeOptions> = {}): Promise<HearsayNode> {
    const node = createNode({ name, bind: "127.0.0.1:0", preset: "local", ...options });
    this.#nodes.push(node);
    await node.start();
    return node;
  }

  /** A running agent of the `local` profile, unless the flags say otherwise. */
  async agent(
    name: string,
    tags: Record<string, string> = {},
    ...flags: string[]
  ): Promise<SerfAgent> {
    const agent = await SerfAgent.start(name, tags, ...flags);
    this.#agents.push(agent);
    return agent;
  }

  async end(): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map((node) => node.stop()));
    for (const agent of this.#agents.splice(0)) agent.kill();
  }
}

/** `name status` of all whom an agent or a node of ours knows. */
export async function listed(member: SerfAgent | HearsayNode): Promise<string[]> {
  if (member instanceof SerfAgent) {
    return (await member.members()).map(({ name, status }) => `${name} ${status}`).toSorted();
  }
  return member
    .members()
    .map(({ name, state }) => `${name} ${state}`)
    .toSorted();
}
