/** Numbers and how they are shown. */
export interface Figure {
  readonly name: string;
  readonly product: number;
  /** The bare servers doing the least that could be called the same. */
  readonly floor: number;
  readonly unit: "ms" | "per second";
  readonly floorName: string;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
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
}
