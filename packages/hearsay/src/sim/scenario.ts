/**
 * Runs scenario files: tests, `hearsay sim run` and the page's replay read the same ones.
 * @module
 */
import { runBlocks, ScenarioRunner } from "./scenario-runner.ts";
import type { ScenarioOptions } from "./scenario-runner.ts";
import { formatScenario, parseScenario } from "./scenario-text.ts";

/**
 * The scenario with what really happened below each `----`: equal to `text` if all came as written.
 * @throws ScenarioError for a command that cannot be read or carried out
 */
export function runScenario(text: string, options: ScenarioOptions = {}): string {
  const blocks = parseScenario(text);
  return formatScenario(blocks, runBlocks(blocks, new ScenarioRunner(options)));
}
