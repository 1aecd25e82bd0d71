/** Computes figures and formats them. */
import type { CpuTimes } from "./cpu.ts";

export interface Figure {
  readonly name: string;
  readonly product: number;
  /** The figure of the bare servers for the smallest comparable work. */
  readonly floor: number;
  readonly unit: "ms" | "per second";
  readonly floorName: string;
  /** CPU time of each program per unit: a user, a reset, a run. */
  readonly cpuMs?: CpuTimes;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** Uses the mean. The kernel counts in steps of 10 ms, and a median would show the steps instead of the cost. */
export function meanTimes(all: readonly CpuTimes[]): CpuTimes {
  const names = [...new Set(all.flatMap(Object.keys))];
  const sumOf = (name: string): number => all.reduce((sum, times) => sum + (times[name] ?? 0), 0);
  return Object.fromEntries(names.map((name) => [name, sumOf(name) / all.length]));
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Runs `clients` at a time until `total` are done. Returns the milliseconds of each and of all. */
export async function load<T>(
  clients: number,
  total: number,
  work: () => Promise<T>,
): Promise<{ readonly each: number[]; readonly results: T[]; readonly perSecond: number }> {
  const each: number[] = [];
  const results: T[] = [];
  let left = total;
  const all = await timed(() =>
    Promise.all(
      Array.from({ length: clients }, async () => {
        while (left-- > 0) each.push(await timed(async () => results.push(await work())));
      }),
    ),
  );
  return { each, results, perSecond: (each.length * 1000) / all };
}

const show = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(1));

/** Medians; the ratio is product / floor, so below 1 is better than the floor for ms, above 1 for rates. */
export function printFigures(figures: readonly Figure[], machine: string, out: NodeJS.WritableStream): void {
  const rows = figures.map(({ name, product, floor, unit, floorName }) => [
    name,
    `${show(product)} ${unit}`,
    `${show(floor)} ${unit}`,
    (product / floor).toFixed(2),
    floorName,
  ]);
  const table = [["what", "product", "floor", "ratio", "the floor is"], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  out.write(`${machine}\n\n`);
  for (const row of table)
    out.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
    );

  out.write("\nCPU milliseconds for each\n");
  for (const { name, cpuMs } of figures) {
    if (cpuMs === undefined || Object.keys(cpuMs).length < 2) continue;
    const total = Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0);
    const parts = Object.entries(cpuMs)
      .filter(([, ms]) => ms > total / 100)
      .sort(([, a], [, b]) => b - a);
    const text = parts.map(([program, ms]) => `${program} ${ms.toPrecision(2)}`).join(", ");
    out.write(`${name.padEnd(widths[0] ?? 0)}  ${text}\n`);
  }
}
