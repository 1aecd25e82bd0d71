/** Measures the time from a change in the directory until the cloud has it, without a schedule. */
import type { Installation } from "../lab/installation.ts";
import { cpuSpent, type CpuTimes } from "./cpu.ts";
import type { BenchDirectory } from "./directory.ts";
import { type Figure, quantile, timed } from "./figures.ts";

/** Changes of one person each, with a pause between them that lets the agent come to rest. */
const PAUSE_MS = 400;
const DEADLINE_MS = 30_000;

export async function measurePush(options: {
  readonly directory: BenchDirectory;
  readonly installation: Installation;
  readonly rounds: number;
  readonly cpu: () => CpuTimes;
  readonly say: (text: string) => void;
}): Promise<Figure[]> {
  const { directory, installation, rounds, cpu, say } = options;
  const user = `/tenants/${installation.tenantId}/users/${directory.userName(0)}`;
  const mobileNow = async (): Promise<unknown> => {
    const { body } = await installation.api("GET", user);
    return (body["user"] as Record<string, unknown> | undefined)?.["mobile"] ?? body["mobile"];
  };
  const until = async (mobile: string): Promise<void> => {
    const deadline = performance.now() + DEADLINE_MS;
    while ((await mobileNow()) !== mobile) {
      if (performance.now() > deadline) throw new Error(`${mobile} did not reach the cloud`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  const changes = rounds * 20;
  say(`Push, ${changes} changes …`);
  const numberOf = (round: number): string => `+32470${String(200_000 + round)}`;
  await directory.setMobile(0, numberOf(0));
  await until(numberOf(0));
  const before = cpu();
  const times: number[] = [];
  const floors: number[] = [];
  for (let round = 1; round <= changes; round++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    floors.push(await timed(() => directory.setMobile(0, numberOf(round))));
    times.push(await timed(() => until(numberOf(round))));
  }
  const cpuMs = cpuSpent(before, cpu(), changes);
  const figure = (name: string, q: number): Figure => ({
    name,
    product: quantile(times, q),
    floor: quantile(floors, q),
    unit: "ms",
    floorName: "the change itself, in the directory",
  });
  return [
    { ...figure("push: change to cloud, median", 0.5), cpuMs },
    figure("push: change to cloud, p95", 0.95),
  ];
}
