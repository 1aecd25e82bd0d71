/** Tells what happens, one line a step, with what was seen below it. */
export interface Narrator {
  /** Says what, does it, says how long it took. */
  step<T>(what: string, work: () => Promise<T>): Promise<T>;
  /** What was seen; indented below the step. */
  saw(text: string): void;
}

/** Once `stopping` is aborted no step begins: it throws instead. */
export function createNarrator(out: NodeJS.WritableStream, stopping: AbortSignal): Narrator {
  return {
    async step(what, work) {
      stopping.throwIfAborted();
      out.write(`\n• ${what} …\n`);
      const startedAt = performance.now();
      const result = await work();
      out.write(`  done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
      return result;
    },
    saw(text) {
      for (const line of text.trimEnd().split("\n")) out.write(`    ${line}\n`);
    },
  };
}
