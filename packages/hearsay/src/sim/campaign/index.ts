/**
 * Campaigns: many seeds of many faults under all checkers, and the small scenario behind a failure.
 * @module
 */
export { planSeed, runCampaignSeed } from "./campaign.ts";
export type { CampaignOptions, SeedPlan, SeedReport } from "./campaign.ts";
export { FAULTS } from "./faults.ts";
export type { Fault } from "./fault.ts";
export { planOf } from "./plan.ts";
export type { Plan, PlanOptions } from "./plan.ts";
export { shrinkScenario } from "./shrink.ts";
export type { ShrinkOptions, StillFails } from "./shrink.ts";
export { checkStory } from "./story.ts";
export type { StoryOptions, StoryReport } from "./story.ts";
