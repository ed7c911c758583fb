/**
 * Classes of faults of keys and labels: they are changed while nodes run, are wrong, or were never given.
 * @module
 */
import { LEAST_LIVE } from "./fault.ts";
import type { Fault } from "./fault.ts";

const MOST_STRANGERS = 3;

const rotation: Fault = {
  name: "rotation",
  isOfSecrets: true,
  commands: (stage) => stage.rotate(),
};

/** An operator gives a node a key that nobody else has, or none. */
const wrongKey: Fault = {
  name: "wrongKey",
  isOfSecrets: true,
  commands: (stage, rng) => {
    if (stage.live.length <= LEAST_LIVE) return [];
    const name = stage.one(stage.live);
    stage.mistake(name);
    return [`keys ${name} only ${rng.below(3) === 0 ? "none" : "wrong"}`];
  },
};

const wrongLabel: Fault = {
  name: "wrongLabel",
  isOfSecrets: true,
  commands: (stage, rng) => {
    if (stage.live.length <= LEAST_LIVE) return [];
    const name = stage.one(stage.live);
    stage.mistake(name);
    return [`label ${name} ${rng.below(3) === 0 ? "none" : "dc2"}`];
  },
};

/** Somebody without the key, or of another cluster, who knows the address of one, and whose address one knows. */
const stranger: Fault = {
  name: "stranger",
  isOfSecrets: true,
  commands: (stage, rng) => {
    if (stage.strangers.length >= MOST_STRANGERS || stage.live.length === 0) return [];
    const name = stage.stranger();
    stage.set(name, "stranger");
    const kinds = [`keys ${name} only none`, `keys ${name} only stolen`, `label ${name} dc3`];
    const kind = kinds[rng.below(kinds.length)] as string;
    const [via, misled] = [stage.one(stage.live), stage.one(stage.live)];
    return [`add ${name}`, kind, `join ${name} ${via}`, `join ${misled} ${name}`];
  },
};

export const SECRET_FAULTS: readonly Fault[] = [rotation, wrongKey, wrongLabel, stranger];
