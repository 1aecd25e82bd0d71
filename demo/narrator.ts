/** Prints what happens: one line for each step, with the results below it. */
export interface Narrator {
  /** Announces a step, does it, and prints how long it took. */
  step<T>(what: string, work: () => Promise<T>): Promise<T>;
  /** Prints a result, indented below the step. */
  saw(text: string): void;
}

/** Throws instead of beginning a step once `stopping` is aborted. */
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
