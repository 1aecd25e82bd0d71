/** Measures whole resets over HTTP with all their requests, compared with as many bare answers and the bare LDAP operation. */
import { randomBytes } from "node:crypto";
import { Agent } from "node:http";
import type { Installation } from "../lab/installation.ts";
import { createOutbox } from "../lab/outbox.ts";
import { createPortalClient, fetchCaptcha } from "../lab/portal-client.ts";
import { chooseMethod, choosePassword, enterCode, startReset } from "../lab/reset-steps.ts";
import { createVisitor, type Hop } from "../lab/visitor.ts";
import { parsePhone } from "../shared/phone.ts";
import { cpuSpent, type CpuTimes } from "./cpu.ts";
import type { BenchDirectory } from "./directory.ts";
import { type Figure, load, meanTimes, median, quantile } from "./figures.ts";
import { forceSync } from "./force-sync.ts";

const ALONE = 40;
const WARM_UP = 320;
/** Long enough that the start, when all visitors are at the same page, and the end, when few are left, hardly count. */
const TOGETHER = 640;
const CLIENTS = 16;
/** Number of paid codes per day and user that a tenant may send. */
const CODES_FOR_EACH = 0.2;

export async function measurePortal(options: {
  readonly directory: BenchDirectory;
  readonly installation: Installation;
  readonly rounds: number;
  readonly cpu: () => CpuTimes;
  readonly say: (text: string) => void;
}): Promise<Figure[]> {
  const { directory, installation, rounds, cpu, say } = options;
  const { url } = installation;
  const needed = (WARM_UP + rounds * (ALONE + TOGETHER)) / CODES_FOR_EACH;
  if (directory.users < needed)
    throw new Error(
      `${rounds} rounds at the portal take ${needed} people: --users ${needed}, or fewer --rounds`,
    );
  await forceSync(installation, "initial");
  const agent = new Agent({ keepAlive: true, maxSockets: 2 * CLIENTS });
  const outbox = createOutbox(url, agent);
  const stranger = createVisitor({ url, agent });

  /** Each visitor has a network of its own. */
  const addressOf = (index: number): string => `10.${(index >> 8) & 255}.${index & 255}.1`;
  // Takes users from the end, because other benchmarks begin at the start and a number gets few codes a day.
  let left = directory.users;
  /** Returns the next visitor with a solved captcha, since solving it is the visitor's work. */
  const visitors: { readonly index: number; readonly number: string; readonly captcha: string }[] = [];
  const prepare = async (count: number): Promise<void> => {
    while (visitors.length < count) {
      const index = --left;
      const number = parsePhone(directory.mobile(index), "BE");
      if (!number.ok) throw new Error("a user has no number");
      const visitor = createVisitor({ url, agent, address: addressOf(index) });
      visitors.push({ index, number: number.e164, captcha: await fetchCaptcha(visitor) });
    }
  };
  /** All requests of one reset, except those for the captcha and the outbox. */
  const reset = async (): Promise<Hop[]> => {
    const visitor = visitors.pop();
    if (visitor === undefined) throw new Error("there are more resets than visitors");
    const { index, number, captcha } = visitor;
    const hops: Hop[] = [];
    const portal = createPortalClient({
      url,
      agent,
      address: addressOf(index),
      nextCaptcha: () => Promise.resolve(captcha),
      onHop: (hop) => hops.push(hop),
    });
    await startReset(portal, directory.userName(index));
    await chooseMethod(portal, "text", number);
    await enterCode(portal, await outbox.otp(number)); // the first ever to this number
    await choosePassword(portal, newPassword());
    const screen = await portal.screen();
    if (screen !== "done") throw new Error(`a reset ended at "${screen}": ${await portal.text()}`);
    return hops;
  };
  let bareOnes = 0;
  /** Sends as many requests to a server with minimal answers, and does the one write in the directory. */
  const bare = async (requests: number): Promise<void> => {
    for (let each = 0; each < requests; each++) await stranger.send("GET", "/api/v1/tenants");
    await directory.setPassword(bareOnes++ % directory.users, newPassword());
  };

  try {
    say("Resets at the portal …");
    await prepare(WARM_UP);
    await load(CLIENTS, WARM_UP, reset); // the first few hundred run in code that is not compiled yet
    const alone: Hop[][] = [];
    const floorAlone: number[] = [];
    const together: number[] = [];
    const floorTogether: number[] = [];
    const spent: CpuTimes[] = [];
    for (let round = 0; round < rounds; round++) {
      await prepare(ALONE + TOGETHER);
      const resets = await load(1, ALONE, reset);
      alone.push(...resets.results);
      const requests = resets.results[0]?.length ?? 0;
      floorAlone.push(...(await load(1, ALONE, () => bare(requests))).each);
      floorTogether.push((await load(CLIENTS, TOGETHER, () => bare(requests))).perSecond);
      const before = cpu();
      together.push((await load(CLIENTS, TOGETHER, reset)).perSecond);
      spent.push(cpuSpent(before, cpu(), TOGETHER));
    }
    return figuresOf({ alone, floorAlone, together, floorTogether, spent });
  } finally {
    outbox.close();
    agent.destroy();
  }
}

const newPassword = (): string => `Bench-${randomBytes(9).toString("base64url")}`;
const sumOf = (hops: readonly Hop[]): number => hops.reduce((sum, { ms }) => sum + ms, 0);
const isVerdict = ({ method, path }: Hop): boolean => method === "POST" && path === "/reset/password";

function figuresOf(measured: {
  readonly alone: readonly (readonly Hop[])[];
  readonly floorAlone: readonly number[];
  readonly together: readonly number[];
  readonly floorTogether: readonly number[];
  readonly spent: readonly CpuTimes[];
}): Figure[] {
  const { alone, floorAlone, together, floorTogether, spent } = measured;
  const requests = alone[0]?.length ?? 0;
  const floorName = `${requests} answers of 401 and a bare RFC 3062`;
  const floor = median(floorAlone);
  const all = alone.map(sumOf);
  /** Compares the same request of all resets and shows the slowest page. */
  const pages = Array.from({ length: requests }, (_, at) => alone.flatMap((hops) => hops[at] ?? []))
    .filter(([first]) => first !== undefined && !isVerdict(first))
    .map((hops) => ({
      name: `${hops[0]?.method ?? ""} ${hops[0]?.path ?? ""}`,
      ms: median(hops.map(({ ms }) => ms)),
    }))
    .sort((a, b) => b.ms - a.ms);
  const [slowest] = pages;
  const verdicts = alone.flatMap((hops) => hops.filter(isVerdict).map(({ ms }) => ms));
  return [
    {
      name: `portal: whole reset, ${requests} requests, p50`,
      product: median(all),
      floor,
      unit: "ms",
      floorName,
    },
    {
      name: `portal: whole reset, p99`,
      product: quantile(all, 0.99),
      floor: quantile(floorAlone, 0.99),
      unit: "ms",
      floorName,
    },
    {
      name: `portal: its slowest page (${slowest?.name ?? ""}), p50`,
      product: slowest?.ms ?? Number.NaN,
      floor: floor / (requests + 1),
      unit: "ms",
      floorName: "one of them",
    },
    {
      name: "portal: new password to verdict, p50",
      product: median(verdicts),
      floor: floor / (requests + 1),
      unit: "ms",
      floorName: "one of them",
    },
    {
      name: `portal: whole resets, ${CLIENTS} at a time`,
      product: median(together),
      floor: median(floorTogether),
      unit: "per second",
      floorName,
      cpuMs: meanTimes(spent),
    },
  ];
}
