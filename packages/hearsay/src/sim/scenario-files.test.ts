import { testScenarios } from "./test/scenario-files.ts";

testScenarios(new URL("test/scenarios/", import.meta.url));
