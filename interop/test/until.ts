/** Asks until the answer is yes; says what it waited for when it never is. Returns the ms it took. */
export async function until(
  what: string,
  boundMs: number,
  holds: () => boolean | Promise<boolean>,
): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    if (await Promise.resolve(holds()).catch(() => false)) return performance.now() - startedAt;
    if (performance.now() - startedAt > boundMs)
      throw new Error(`not within ${boundMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
