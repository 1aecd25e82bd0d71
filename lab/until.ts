import type { Program } from "./program.ts";

/** Waits for a condition. Throws with the end of the program's log when it takes too long or the program ends. */
export async function until(
  what: string,
  timeoutMs: number,
  condition: () => Promise<boolean>,
  program: Program | undefined,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition().catch(() => false))) {
    if (program?.isRunning === false || performance.now() > deadline)
      throw new Error(`${what}: not within ${timeoutMs} ms\n${program?.log().slice(-3000) ?? ""}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
