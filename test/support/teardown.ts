/** Servers shared by a whole test run: started on first use, stopped once at its end, in reverse order. */
type Stop = () => Promise<void> | void;
const stops: Stop[] = [];

export function atEndOfRun(stop: Stop): void {
  stops.push(stop);
}

export async function stopEverything(): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop();
}

/** Makes one instance for the whole run on first use. `start` registers its own stop with `atEndOfRun`. */
export function once<T>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => (started ??= start());
}
