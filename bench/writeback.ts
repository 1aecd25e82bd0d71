/** Measures writebacks from the API call to the directory's verdict, compared with the bare LDAP operation. */
import { randomBytes } from "node:crypto";
import type { Installation } from "../lab/installation.ts";
import { cpuSpent, type CpuTimes } from "./cpu.ts";
import type { BenchDirectory } from "./directory.ts";
import { type Figure, load, meanTimes, median, quantile } from "./figures.ts";
import { forceSync } from "./force-sync.ts";

const newPassword = (): string => `Bench-${randomBytes(9).toString("base64url")}`;

export async function measureWriteback(options: {
  readonly directory: BenchDirectory;
  readonly installation: Installation;
  readonly rounds: number;
  readonly cpu: () => CpuTimes;
  readonly say: (text: string) => void;
}): Promise<Figure[]> {
  const { directory, installation, rounds, cpu, say } = options;
  await forceSync(installation, "initial");

  let next = 0;
  const reset = async (): Promise<void> => {
    const user = directory.userName(next++ % directory.users);
    const { status, body } = await installation.api("POST", `/tenants/${installation.tenantId}/writebacks`, {
      user,
      operation: "reset",
      newPassword: newPassword(),
      waitSeconds: 20,
    });
    if (status !== 200 || body["state"] !== "applied")
      throw new Error(`${String(status)} ${JSON.stringify(body)}`);
  };
  const bare = async (): Promise<void> => directory.setPassword(next++ % directory.users, newPassword());

  say("Writebacks …");
  await load(16, 300, reset); // the first few hundred run in code that is not compiled yet
  const product1: number[] = [];
  const floor1: number[] = [];
  const product16: number[] = [];
  const floor16: number[] = [];
  const spent: CpuTimes[] = [];
  for (let round = 0; round < rounds; round++) {
    floor1.push(...(await load(1, 40, bare)).each);
    product1.push(...(await load(1, 40, reset)).each);
    floor16.push((await load(16, 320, bare)).perSecond);
    const before = cpu();
    product16.push((await load(16, 320, reset)).perSecond);
    spent.push(cpuSpent(before, cpu(), 320));
  }
  const floorName = "bare RFC 3062 over one connection";
  return [
    {
      name: "reset, one at a time, p50",
      product: median(product1),
      floor: median(floor1),
      unit: "ms",
      floorName,
    },
    {
      name: "reset, one at a time, p99",
      product: quantile(product1, 0.99),
      floor: quantile(floor1, 0.99),
      unit: "ms",
      floorName,
    },
    {
      name: "resets, 16 at a time",
      product: median(product16),
      floor: median(floor16),
      unit: "per second",
      floorName,
      cpuMs: meanTimes(spent),
    },
  ];
}
