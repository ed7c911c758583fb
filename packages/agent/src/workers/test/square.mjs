import { threadId } from "node:worker_threads";

/** Work for the pool's tests. */
export default function square(job) {
  if (job < 0) throw new RangeError(`no negative jobs, got ${job}`);
  return { square: job * job, thread: threadId };
}
