/** Phones up: a whole initial run and deltas, against `ldapsearch` reading the same attributes of the same people. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Installation } from "../lab/installation.ts";
import type { BenchDirectory } from "./directory.ts";
import { forceSync } from "./force-sync.ts";
import { type Figure, median, timed } from "./figures.ts";

const run = promisify(execFile);

export async function measureSync(options: {
  readonly directory: BenchDirectory;
  readonly installation: Installation;
  readonly users: number;
  readonly rounds: number;
  readonly say: (text: string) => void;
}): Promise<Figure[]> {
  const { directory, installation, users, rounds, say } = options;
  const search = (filter: string): Promise<unknown> =>
    run("ldapsearch", [...directory.searchArguments, filter, ...directory.attributes], {
      env: { ...process.env, LDAPTLS_CACERT: directory.caFile },
      maxBuffer: 1 << 30,
    });

  const runSync = (policy: "initial" | "delta"): Promise<number> => forceSync(installation, policy);

  say("Initial sync …");
  const first = await runSync("initial");
  const again: number[] = [];
  const floors: number[] = [];
  for (let round = 0; round < rounds; round++) {
    floors.push(await timed(() => search("(objectClass=inetOrgPerson)")));
    again.push(await runSync("initial"));
  }

  say("Deltas …");
  const nothing: number[] = [];
  const one: number[] = [];
  const oneFloors: number[] = [];
  for (let round = 0; round < rounds * 2; round++) {
    nothing.push(await runSync("delta"));
    await directory.setMobile(round, `+32 470 ${String(100_000 + round)}`);
    oneFloors.push(await timed(() => search(`(uid=${directory.userName(round)})`)));
    one.push(await runSync("delta"));
  }

  const perSecond = (ms: number): number => (users * 1000) / ms;
  const readAll = median(floors);
  return [
    {
      name: `initial sync, ${users} people, all new`,
      product: perSecond(first),
      floor: perSecond(readAll),
      unit: "per second",
      floorName: "ldapsearch of the same to /dev/null",
    },
    {
      name: `initial sync, ${users} people, nothing changed`,
      product: perSecond(median(again)),
      floor: perSecond(readAll),
      unit: "per second",
      floorName: "the same",
    },
    {
      name: "forced delta, nothing changed",
      product: median(nothing),
      floor: median(oneFloors),
      unit: "ms",
      floorName: "ldapsearch of one person",
    },
    {
      name: "forced delta, one person changed",
      product: median(one),
      floor: median(oneFloors),
      unit: "ms",
      floorName: "the same",
    },
  ];
}
