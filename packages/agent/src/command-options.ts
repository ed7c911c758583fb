/**
 * Options as commander wants them.
 * @module
 */
import { Option } from "commander";
import type { Command } from "commander";
import type { OptionSpelling } from "./options.ts";

export function addOptions(command: Command, options: readonly OptionSpelling[]): Command {
  for (const { flags, description, variable, list } of options) {
    const hint = variable === undefined ? "" : ` [${variable}]`;
    const option = new Option(flags, `${description}${hint}`);
    if (list === true) {
      option.argParser((text: string, previous: string[] = []) => [...previous, text]);
    }
    command.addOption(option);
  }
  return command;
}
