/** `npm run soak`: a run for hours, so no part of the tests. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["interop/soak.ts"], root: new URL("..", import.meta.url).pathname },
});
