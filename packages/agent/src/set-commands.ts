/**
 * `hearsay counter` and `hearsay set`: the counters and sets that the cluster shares.
 * @module
 */
import type { Command } from "commander";
import { COPIES, copiesOf, copiesWords } from "./map-commands.ts";
import type { MapCommandPorts } from "./map-commands.ts";
import { printable } from "./printable.ts";
import type { Flags } from "./settings.ts";
import { UsageError } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

type Ports = Pick<MapCommandPorts, "client" | "command">;

export function addSetCommands(program: Command, terminal: Terminal, ports: Ports): void {
  const print = (text: string): void => void terminal.stdout.write(`${text}\n`);
  const show = (flags: Flags, result: object, words: string): void => {
    print(flags["json"] === true ? JSON.stringify(result, undefined, 2) : words);
  };
  addCounterCommands(program, ports, show);
  const { client, command } = ports;
  const set = program.command("set").description("read and write the sets that the cluster shares");

  command(set, "list", "list the elements of a set")
    .argument("<set>", "name of the set")
    .option("--json", "print JSON")
    .action(async (name: string, flags: Flags) => {
      const result = await client(flags).elements(name);
      show(flags, result, result.elements.map(printable).join("\n"));
    });

  for (const [verb, words, done] of [
    ["add", "add an element, again if it is there", "is in it"],
    ["delete", "remove an element, unless somebody adds it at the same time", "is removed"],
  ] as const) {
    command(set, verb, words)
      .argument("<set>", "name of the set")
      .argument("<element>")
      .option("--copies <nodes>", COPIES)
      .option("--json", "print JSON")
      .action(async (name: string, element: string, flags: Flags) => {
        const result = await client(flags).element(verb, name, element, copiesOf(flags));
        const what = `${printable(name)} ${printable(element)} ${done}`;
        show(flags, result, `${what}${copiesWords(result.copies)}`);
      });
  }
}

function addCounterCommands(
  program: Command,
  { client, command }: Ports,
  show: (flags: Flags, result: object, words: string) => void,
): void {
  const counter = program
    .command("counter")
    .description("read and count with the counters that the cluster shares");

  command(counter, "get", "print what a counter stands at")
    .argument("<counter>", "name of the counter")
    .option("--json", "print JSON")
    .action(async (name: string, flags: Flags) => {
      const result = await client(flags).counter(name);
      show(flags, result, String(result.value));
    });

  command(counter, "add", "count up, or down by an amount below zero; prints what it stands at")
    .argument("<counter>", "name of the counter")
    .argument("[amount]", "a whole number", "1")
    .option("--copies <nodes>", COPIES)
    .option("--json", "print JSON")
    .action(async (name: string, amount: string, flags: Flags) => {
      const result = await client(flags).count(name, amountOf(amount), copiesOf(flags));
      show(flags, result, String(result.value));
    });
}

/** @throws UsageError */
function amountOf(text: string): number {
  const amount = Number(text);
  if (Number.isSafeInteger(amount) && text !== "") return amount;
  throw new UsageError(`amount: expected a whole number, got ${JSON.stringify(text)}`);
}
