/**
 * What agents of Serf complain of among their own kind under faults, as `npm run soak` has told: time-outs, refused
 * connections, and refutations. A connection that is reset is not among it, but for a state that nobody takes any more,
 * its reader having been killed, or too slow on a busy machine.
 */
const USUAL = [
  /Was able to connect to NAME but other probes failed/u,
  /Refuting an? (?:suspect|dead|alive) message/u,
  /Failed fallback ping: .*(?:i\/o timeout|refused|EOF)/u,
  /Push\/Pull with NAME failed: .*(?:i\/o timeout|refused|EOF)/u,
  /failed to receive: .*i\/o timeout/iu,
  /Failed to send (?:error|ack): .*i\/o timeout/u,
  /Failed to push local state: .*reset by peer/u,
  // After `serf leave`.
  /Serf shutdown detected/u,
];

/** Whether a cluster of Serf alone would show this line, too; `Eight.complaints` has taken names and numbers out of it. */
export function isUsual(line: string): boolean {
  return USUAL.some((usual) => usual.test(line));
}
