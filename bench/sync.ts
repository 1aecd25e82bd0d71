/** Measures an initial run and deltas, compared with `ldapsearch` reading the same attributes of the same users. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Installation } from "../lab/installation.ts";
import { cpuSpent, type CpuTimes } from "./cpu.ts";
import type { BenchDirectory } from "./directory.ts";
import { type Figure, meanTimes, median, timed } from "./figures.ts";
import { forceSync } from "./force-sync.ts";

const run = promisify(execFile);

export async function measureSync(options: {
  readonly directory: BenchDirectory;
  readonly installation: Installation;
  readonly users: number;
  readonly rounds: number;
  readonly cpu: () => CpuTimes;
  readonly say: (text: string) => void;
}): Promise<Figure[]> {
  const { directory, installation, users, rounds, cpu, say } = options;
  const search = (filter: string): Promise<unknown> =>
    run("ldapsearch", [...directory.searchArguments, filter, ...directory.attributes], {
      env: { ...process.env, LDAPTLS_CACERT: directory.caFile },
      maxBuffer: 1 << 30,
    });

  /** `units`: the number of users that the CPU time is divided by. */
  const runSync = async (
    policy: "initial" | "delta",
    units: number,
  ): Promise<{ readonly ms: number; readonly cpuMs: CpuTimes }> => {
    const before = cpu();
    const ms = await forceSync(installation, policy);
    return { ms, cpuMs: cpuSpent(before, cpu(), units) };
  };

  say("Initial sync …");
  const first = await runSync("initial", users);
  const again: Awaited<ReturnType<typeof runSync>>[] = [];
  const floors: number[] = [];
  for (let round = 0; round < rounds; round++) {
    floors.push(await timed(() => search("(objectClass=inetOrgPerson)")));
    again.push(await runSync("initial", users));
  }

  say("Deltas …");
  const nothing: typeof again = [];
  const one: typeof again = [];
  const oneFloors: number[] = [];
  for (let round = 0; round < rounds * 2; round++) {
    nothing.push(await runSync("delta", 1));
    await directory.setMobile(round, `+32 470 ${String(100_000 + round)}`);
    oneFloors.push(await timed(() => search(`(uid=${directory.userName(round)})`)));
    one.push(await runSync("delta", 1));
  }

  const times = (runs: typeof again) => ({
    ms: median(runs.map(({ ms }) => ms)),
    cpuMs: meanTimes(runs.map(({ cpuMs }) => cpuMs)),
  });
  const perSecond = (ms: number): number => (users * 1000) / ms;
  const readAll = median(floors);
  return [
    {
      name: `initial sync, ${users} people, all new`,
      product: perSecond(first.ms),
      cpuMs: first.cpuMs,
      floor: perSecond(readAll),
      unit: "per second",
      floorName: "ldapsearch of the same to /dev/null",
    },
    {
      name: `initial sync, ${users} people, nothing changed`,
      product: perSecond(times(again).ms),
      cpuMs: times(again).cpuMs,
      floor: perSecond(readAll),
      unit: "per second",
      floorName: "the same",
    },
    {
      name: "forced delta, nothing changed",
      product: times(nothing).ms,
      cpuMs: times(nothing).cpuMs,
      floor: median(oneFloors),
      unit: "ms",
      floorName: "ldapsearch of one person",
    },
    {
      name: "forced delta, one person changed",
      product: times(one).ms,
      cpuMs: times(one).cpuMs,
      floor: median(oneFloors),
      unit: "ms",
      floorName: "the same",
    },
  ];
}
