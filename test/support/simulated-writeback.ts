/**
 * Simulates a whole tenant in simulated time: two agents with the real writeback, a cloud that follows the rules of jobs, a
 * directory and a network. All crash, freeze, lose, repeat and delay by a seeded random, in schedules that real runs rarely meet.
 */
import { createHash } from "node:crypto";
import type { AccountState, Directory, SignIn } from "../../agent/directory/directory.ts";
import { startWriteback, type Writeback } from "../../agent/writeback/writeback.ts";
import type { WritebackLink } from "../../agent/writeback/writeback-link.ts";
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import { silentLogger } from "../../shared/logger.ts";
import { LIMITS } from "../../shared/protocol/limits.ts";
import type { JobOrder, SignedJob } from "../../shared/sealing/job.ts";
import type { Receipt } from "../../shared/sealing/receipt.ts";
import { Secret } from "../../shared/secret.ts";
import { isFinalState, type JobState, makeVerdict } from "../../shared/writeback.ts";
import { type MemoryFiles, memoryFiles } from "./memory-files.ts";
import { ackOf } from "./scripted-writeback.ts";
import { createSimulatedCloud, type SimulatedJob } from "./simulated-cloud.ts";
import { createSimulatedTime, seededChance } from "./simulated-time.ts";

export interface Weather {
  readonly seed: number;
  /** Agents crash at every step and in between. */
  readonly crashes: boolean;
  /** Frames and directory answers are lost, repeated and late. */
  readonly losses: boolean;
  /** The directory is sometimes slow. */
  readonly isSlow: boolean;
  /** The directory stops answering for 5 to 60 seconds while it holds requests. */
  readonly freezes: boolean;
  /** Two domain controllers that replicate with a lag. */
  readonly replicas: boolean;
}

interface Write {
  readonly at: number;
  readonly by: string;
  readonly server: string;
  readonly lagMs: number;
}
export interface SimulatedRun {
  readonly jobs: readonly { readonly order: JobOrder; readonly state: JobState }[];
  /** All writes to the one user, in order. */
  readonly writes: readonly Write[];
}

const TTL_MS = 30_000;
const END_MS = 400_000;
/** The simulation counts from 0; what the agents see is a date. */
const EPOCH_MS = 1_700_000_000_000;
const OPERATION_TIMEOUT_MS = 5_000;
const USER = "a".repeat(32);
const AGENTS = ["01J0000000000000000000000A", "01J0000000000000000000000B"] as const;
const RESERVE = ["/state/journal.reserve", Buffer.alloc(1024 * 1024)] as const;

export async function simulate(weather: Weather): Promise<SimulatedRun> {
  const { between, chance } = seededChance(weather.seed);
  const time = createSimulatedTime();
  const { after } = time;
  const cloud = createSimulatedCloud(() => time.now);

  // ---- The directory
  const writes: Write[] = [];
  const freezes: { readonly from: number; readonly until: number }[] = [];
  if (weather.freezes && chance(0.4)) {
    const from = between(0, 40_000);
    freezes.push({ from, until: from + between(5_000, 60_000) });
  }
  const servers = weather.replicas ? ["dc1", "dc2"] : ["dc1"];
  const write = (by: string, server: string): void => {
    writes.push({ at: time.now, by, server, lagMs: between(100, 15_000) });
  };
  const visible = (server: string): Write | undefined =>
    writes.findLast((made) => made.server === server || made.at + made.lagMs <= time.now);
  const accountOn = (server: string): AccountState => {
    const latest = visible(server);
    const changed = latest === undefined ? "" : `${1_000_000 + latest.at}.${writes.indexOf(latest)}`;
    return {
      id: USER,
      dn: "cn=user",
      mark: { server, changed, locked: "" },
      enabled: true,
      expired: false,
      unreadable: [],
      locked: false,
      mustChange: false,
      protected: false,
      denied: false,
      protectionUnknown: false,
      inScope: true,
      names: ["user"],
      displayName: null,
      groups: [],
    };
  };
  for (let i = between(0, 2); i > 0; i--)
    after(between(0, 90_000), () => write(`helpdesk${i}`, servers[0] ?? ""));

  // ---- The agents
  interface Life {
    isAlive: boolean;
    writeback: Writeback | null;
    /** Frames of an older connection never arrive. */
    session: number;
  }
  interface Agent {
    readonly agentId: string;
    readonly files: MemoryFiles;
    server: string;
    readonly skewMs: number;
    life: Life;
  }
  const agents = AGENTS.map((agentId): Agent => ({
    agentId,
    files: memoryFiles([RESERVE]),
    server: servers[between(0, servers.length - 1)] ?? "dc1",
    skewMs: between(-600_000, 600_000),
    life: { isAlive: false, writeback: null, session: 0 },
  }));

  const frame = (arrive: () => void, mayRepeat = true): void => {
    if (weather.losses && chance(0.08)) return;
    after(between(1, 60), arrive);
    if (mayRepeat && weather.losses && chance(0.08)) after(between(1, 9_000), arrive);
  };
  /** The directory completes a request even when its sender has crashed. */
  const ask = <T>(life: Life, work: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      after(between(1, 30), () => {
        const frozen = freezes.find(({ from, until }) => time.now >= from && time.now < until);
        const waitMs =
          (frozen === undefined ? 0 : frozen.until - time.now) + between(0, weather.isSlow ? 400 : 20);
        after(waitMs, () => {
          const answer = work();
          const isLost = weather.losses && chance(0.05);
          if (!isLost) after(between(1, 30), () => life.isAlive && resolve(answer));
        });
      });
      after(OPERATION_TIMEOUT_MS, () => life.isAlive && reject(new AppError("DIRECTORY_TIMEOUT")));
    });
  const never = new Promise<never>(() => undefined);

  function directoryOf(
    agent: Agent,
    life: Life,
  ): Pick<Directory, "account" | "applyPassword" | "checkSignIn"> {
    return {
      account: () => ask(life, () => accountOn(agent.server)),
      checkSignIn: (_, password) =>
        ask(life, (): SignIn => {
          const isRight = visible(agent.server)?.by === password.reveal();
          return isRight ? { ok: true, mustChange: false } : { ok: false, reason: "wrong" };
        }),
      async applyPassword(order, onSend) {
        if (weather.losses && chance(0.05)) throw new AppError("DIRECTORY_UNAVAILABLE");
        await onSend();
        if (!life.isAlive) return never;
        const { server } = agent;
        if (weather.losses && chance(0.03)) return unanswered; // it never reached the directory
        const by = order.newPassword?.reveal() ?? "";
        return ask(life, () => write(by, server)).then(
          () => makeVerdict("applied", null, { passwordSet: true, server }),
          () => unanswered,
        );
      },
    };
  }
  const unanswered = makeVerdict("unknown", "VERDICT_UNKNOWN");

  const linkOf = (agent: Agent, life: Life): WritebackLink => {
    const isUp = (session: number): boolean => life.isAlive && life.session === session;
    return {
      request: (_, { jobId, mark }) => {
        if (!life.isAlive) return never;
        const { session } = life;
        return new Promise((resolve, reject) => {
          frame(() => {
            const answer = cloud.claim(agent.agentId, jobId, mark);
            frame(() => isUp(session) && resolve(answer));
          });
          after(LIMITS.leaseMs, () => life.isAlive && reject(new AppError("TIMEOUT")));
        });
      },
      send(type, body) {
        if (!life.isAlive) return;
        const { session } = life;
        if (type === "job.nack") frame(() => cloud.nack(agent.agentId, (body as { jobId: string }).jobId));
        else
          frame(() => {
            const { receipt } = body as { receipt: Receipt };
            cloud.outcome(receipt);
            frame(() => isUp(session) && life.writeback?.ack(ackOf(receipt)), false);
          });
      },
    };
  };
  const clockOf = (agent: Agent, life: Life): Clock => ({
    now: () => EPOCH_MS + time.now + agent.skewMs,
    monotonicMs: () => time.now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const done = (): void => {
          signal?.removeEventListener("abort", done);
          if (life.isAlive) resolve();
        };
        signal?.addEventListener("abort", done);
        after(ms, done);
      }),
  });

  const crash = (agent: Agent): void => {
    agent.life.isAlive = false;
    after(between(300, 15_000), () => start(agent));
  };
  const start = (agent: Agent): void => {
    const life: Life = { isAlive: true, writeback: null, session: 0 };
    agent.life = life;
    void startWriteback({
      config: {
        enabled: true,
        deny: [],
        protectedGroups: [],
        concurrency: 4,
        maxPerMinute: 100,
        maxPerHour: 1_000,
        maxPerDay: 10_000,
        maxPerUser: 1_000,
        maxPerUserDay: 10_000,
      },
      directory: directoryOf(agent, life),
      link: linkOf(agent, life),
      identity: {
        agentId: agent.agentId,
        tenantId: "t",
        issuerKey: "",
        identityKey: {
          publicKey: "",
          seed: new Secret(""),
          // A real signature would take most of the simulation's time.
          sign: (message) => createHash("sha512").update(message).digest("base64url"),
        },
      },
      sealingKeys: { find: () => null },
      passwordLists: { refuse: () => Promise.resolve(null) },
      opener: {
        isAuthentic: () => true,
        open: ({ order }) => Promise.resolve({ newPassword: new Secret(order.jobId) }),
      },
      stateDirectory: "/state",
      graceMs: 10_000,
      log: silentLogger,
      files: agent.files,
      clock: clockOf(agent, life),
      crash: () => {
        if (weather.crashes && life.isAlive && chance(0.06)) crash(agent);
      },
    }).then((writeback) => {
      life.writeback = writeback;
      if (life.isAlive) writeback.linkReady();
    });
  };
  for (const agent of agents) {
    start(agent);
    if (weather.crashes)
      for (let i = 0; i < 2; i++)
        if (chance(0.5)) after(between(0, 60_000), () => agent.life.isAlive && crash(agent));
    if (weather.replicas && chance(0.5))
      after(between(0, 60_000), () => (agent.server = agent.server === "dc1" ? "dc2" : "dc1"));
    if (weather.losses && chance(0.5))
      after(between(0, 60_000), () => {
        agent.life.session++;
        if (agent.life.isAlive) agent.life.writeback?.linkReady();
      });
  }

  // ---- The users
  const deliver = (job: SimulatedJob): void => {
    if (isFinalState(job.state)) return;
    const agent = agents[chance(0.6) ? 0 : 1];
    const order = agent === undefined ? null : cloud.offer(job, agent.agentId);
    if (order !== null)
      frame(() => agent?.life.isAlive === true && agent.life.writeback?.offer(signed(order)));
    after(between(1_500, 4_000), () => deliver(job));
  };
  const submit = (userSequence: number): void =>
    deliver(
      cloud.submit({
        jobId: `01J0000000000000000000000${userSequence}`,
        tenantId: "t",
        operation: "reset",
        userId: USER,
        userSequence,
        issuedAt: time.now,
        notAfter: time.now + TTL_MS,
        mustChange: false,
        unlock: false,
        methods: ["text"],
      }),
    );
  const total = between(1, 3);
  for (let sequence = 1, at = between(0, 5_000); sequence <= total; sequence++, at += between(200, 30_000))
    after(at, () => submit(sequence));
  if (chance(0.3))
    after(between(500, 30_000), () => {
      const job = cloud.jobs.at(-1);
      if (job !== undefined) cloud.cancel(job);
    });

  await time.runUntil(END_MS);
  cloud.expire();
  return { jobs: cloud.jobs, writes };
}

const signed = (order: JobOrder): SignedJob => ({
  order: {
    ...order,
    issuedAt: EPOCH_MS + order.issuedAt,
    notAfter: EPOCH_MS + order.notAfter,
  },
  sealed: [],
  signature: "A".repeat(86),
});
