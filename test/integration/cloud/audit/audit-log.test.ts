import { once } from "node:events";
import { expect } from "chai";
import type { AuditAction, AuditEvent } from "../../../../cloud/audit/audit.ts";
import { hashAuditText } from "../../../../cloud/audit/audit-entry.ts";
import { type AuditLog, startAuditLog } from "../../../../cloud/audit/audit-log.ts";
import { type AuditChain, createAuditChain } from "../../../../cloud/store/audit-chain.ts";
import { keys } from "../../../../cloud/store/keys.ts";
import { openStore, type Store } from "../../../../cloud/store/store.ts";
import { type Clock, systemClock } from "../../../../shared/clock.ts";
import { AppError } from "../../../../shared/errors.ts";
import { newId } from "../../../../shared/ids.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { generateSigningKey } from "../../../../shared/sealing/signing-key.ts";
import { createManualClock } from "../../../support/manual-clock.ts";
import { testMac } from "../../../support/record-mac.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { waitFor } from "../../../support/wait-for.ts";

const serviceKey = generateSigningKey();
const KEEP_MS = 400 * 86_400_000;

const eventOf = (tenantId: string | null, action: AuditAction = "agent.connected"): AuditEvent => ({
  tenantId,
  action,
  actor: "system",
  subject: "agent:1",
  outcome: "done",
  details: { b: 2, a: "one" },
});

describe("audit log", () => {
  let store: Store;
  let chain: AuditChain;
  let tenantId: string;
  const open: AuditLog[] = [];

  before(async () => {
    store = await openStore({
      mac: testMac,
      connection: (await sharedRedis()).connection,
      log: silentLogger,
    });
    chain = createAuditChain(store);
  });
  after(() => store.close());
  beforeEach(() => {
    tenantId = `audit-${newId().toLowerCase()}`;
  });
  afterEach(async () => {
    for (const audit of open.splice(0)) await audit.close();
  });

  function start(clock: Clock = systemClock): AuditLog {
    const audit = startAuditLog({ chain, serviceKey, keepMs: KEEP_MS, log: silentLogger, clock });
    open.push(audit);
    return audit;
  }

  async function filled(count: number): Promise<AuditLog> {
    const audit = start();
    await Promise.all(Array.from({ length: count }, () => audit.append(eventOf(tenantId))));
    return audit;
  }

  async function firstBadEntry(audit: AuditLog): Promise<unknown> {
    try {
      await audit.verify(tenantId);
    } catch (error) {
      if (error instanceof AppError && error.code === "AUDIT_BROKEN") return error.details["sequence"];
      throw error;
    }
    return "none";
  }

  it("chains entries and lists them, newest first", async () => {
    const audit = start();
    await audit.append(eventOf(tenantId, "agent.enrolled"));
    await audit.append(eventOf(tenantId, "agent.approved"));

    const [second, first] = await audit.list(tenantId, { limit: 10 });

    expect(first).to.include({ sequence: 1, action: "agent.enrolled", actor: "system", code: null });
    expect(second).to.include({ sequence: 2, action: "agent.approved" });
    expect(await audit.list(tenantId, { limit: 10, before: 2 })).to.deep.equal([first]);
    expect(await audit.verify(tenantId)).to.include({ entries: 2, head: second?.hash });
  });

  it("batches entries without a waiting caller, and writes them at once with an entry that has one", async () => {
    const clock = createManualClock();
    const writes: number[] = [];
    const audit = startAuditLog({
      chain: {
        ...chain,
        append(tenant, head, entries) {
          writes.push(entries.length);
          return chain.append(tenant, head, entries);
        },
      },
      serviceKey,
      keepMs: KEEP_MS,
      log: silentLogger,
      clock,
    });
    open.push(audit);

    const patient = [
      audit.append(eventOf(tenantId, "otp.sent")),
      audit.append(eventOf(tenantId, "otp.sent")),
    ];
    await audit.append(eventOf(tenantId, "agent.approved"));
    await Promise.all(patient);
    const later = [
      audit.append(eventOf(tenantId, "otp.sent")),
      audit.append(eventOf(tenantId, "attempt.proven")),
    ];
    await clock.advance(50);
    await Promise.all(later);
    const last = audit.append(eventOf(tenantId, "attempt.proven"));
    await audit.close();
    await last;

    expect(writes).to.deep.equal([3, 2, 1]);
  });

  it("verifies an empty chain", async () => {
    expect(await start().verify(tenantId)).to.deep.equal({
      entries: 0,
      head: null,
      signedUpTo: 0,
      signedAt: null,
    });
  });

  it("keeps the chains of tenants and of the installation apart", async () => {
    const audit = start();
    await audit.append(eventOf(tenantId));
    await audit.append(eventOf(null));

    expect(await audit.list(tenantId, { limit: 10 })).to.have.length(1);
    expect((await audit.verify(null)).entries).to.be.at.least(1);
  });

  it("stays whole when three nodes write at once", async () => {
    const nodes = [start(), start(), start()];

    await Promise.all(
      nodes.flatMap((node) => Array.from({ length: 120 }, () => node.append(eventOf(tenantId)))),
    );

    expect(await start().verify(tenantId)).to.include({ entries: 360, signedUpTo: 300 });
  });

  it("signs the rest after a minute, and when it closes", async () => {
    let wake = (): void => undefined;
    const clock: Clock = {
      ...systemClock,
      sleep: (_ms, signal) =>
        new Promise((resolve) => {
          wake = resolve;
          signal?.addEventListener("abort", () => resolve(), { once: true });
        }),
    };
    const audit = start(clock);
    await audit.append(eventOf(tenantId));

    wake();
    await waitFor("a seal", async () => (await audit.verify(tenantId)).signedUpTo === 1);

    await audit.append(eventOf(tenantId));
    await audit.close();
    expect((await start().verify(tenantId)).signedUpTo).to.equal(2);
  });

  describe("whose old entries were kept long enough", () => {
    /** 202 entries, and 401 days later a node that looks after the chain. */
    async function trimmed(): Promise<void> {
      await (await filled(202)).close(); // sealed at 100 and 200
      let wake = (): void => undefined;
      const audit = start({
        ...systemClock,
        now: () => Date.now() + KEEP_MS + 86_400_000,
        sleep: (_ms, signal) =>
          new Promise((resolve) => {
            wake = resolve;
            signal?.addEventListener("abort", () => resolve(), { once: true });
          }),
      });
      await audit.append(eventOf(tenantId, "agent.approved"));
      wake();
      await waitFor("the trim", async () => {
        const [newest] = await audit.list(tenantId, { limit: 1 });
        return newest?.action === "audit.trimmed" && newest.details["last"] === 200;
      });
    }

    it("goes on without them, and verifies", async () => {
      await trimmed();

      const audit = start();
      const left = await audit.list(tenantId, { limit: 10 });
      expect(left.map(({ sequence, action }) => [sequence, action])).to.deep.equal([
        [204, "audit.trimmed"],
        [203, "agent.approved"],
        [202, "agent.connected"],
        [201, "agent.connected"],
      ]);
      expect(await audit.verify(tenantId)).to.include({ entries: 4, head: left[0]?.hash });
      expect(await store.redis.hkeys(keys.auditSeals(tenantId))).to.have.members(["latest", "anchor"]);
    });

    it("does not verify when more are gone, or when it is not signed where it begins", async () => {
      await trimmed();
      await store.redis.xdel(keys.auditEntries(tenantId), "201-0");
      expect(await firstBadEntry(start())).to.equal(201);

      const seals = keys.auditSeals(tenantId);
      const anchor = await store.redis.hget(seals, "anchor");
      await store.redis.hset(seals, "anchor", anchor?.replace('"sequence":200', '"sequence":201') ?? "");
      expect(await firstBadEntry(start())).to.equal(1);
      await store.redis.hdel(seals, "anchor");
      expect(await firstBadEntry(start())).to.equal(1);
    });
  });

  it("refuses a write while the store is away, and goes on after", async () => {
    const own = await openStore({
      mac: testMac,
      connection: (await sharedRedis()).connection,
      log: silentLogger,
    });
    const audit = startAuditLog({
      chain: createAuditChain(own),
      serviceKey,
      keepMs: KEEP_MS,
      log: silentLogger,
      clock: systemClock,
    });
    try {
      const gone = once(own.redis, "end");
      own.redis.disconnect();
      await gone;
      const refusal: unknown = await audit.append(eventOf(tenantId)).catch((error: unknown) => error);
      await own.redis.connect();
      await audit.append(eventOf(tenantId));

      expect(refusal).to.be.instanceOf(AppError).with.property("code", "STORE_UNAVAILABLE");
      expect((await audit.verify(tenantId)).entries).to.equal(1);
    } finally {
      await audit.close();
      await own.close();
    }
  });

  describe("finds (T-30)", () => {
    const entries = (): string => keys.auditEntries(tenantId);

    /** Rewrites the stream as an attacker with full access to Redis could. */
    async function rewrite(
      change: (all: { id: string; text: string; hash: string }[]) => void,
    ): Promise<void> {
      const all = (await store.redis.xrange(entries(), "-", "+")).map(([id, [, text = "", , hash = ""]]) => ({
        id,
        text,
        hash,
      }));
      change(all);
      await store.redis.del(entries());
      for (const { id, text, hash } of all)
        await store.redis.xadd(entries(), id, "entry", text, "hash", hash);
    }

    const forge = (all: { text: string; hash: string }[], from: number): void => {
      for (let at = from; at < all.length; at += 1) {
        const entry = all[at];
        if (entry !== undefined) entry.hash = hashAuditText(all[at - 1]?.hash ?? "", entry.text);
      }
    };

    const edits: {
      readonly name: string;
      readonly first: number;
      readonly edit: () => Promise<unknown>;
    }[] = [
      {
        name: "an altered entry",
        first: 5,
        edit: () =>
          rewrite((all) => {
            const entry = all[4];
            if (entry !== undefined) entry.text = entry.text.replace("system", "nobody");
          }),
      },
      {
        name: "an entry altered together with its hash",
        first: 6,
        edit: () =>
          rewrite((all) => {
            const entry = all[4];
            if (entry === undefined) return;
            entry.text = entry.text.replace("system", "nobody");
            entry.hash = hashAuditText(all[3]?.hash ?? "", entry.text);
          }),
      },
      {
        name: "an entry altered and every hash after it computed anew",
        first: 100,
        edit: () =>
          rewrite((all) => {
            const entry = all[4];
            if (entry !== undefined) entry.text = entry.text.replace("system", "nobody");
            forge(all, 4);
          }),
      },
      { name: "an entry removed from the middle", first: 7, edit: () => store.redis.xdel(entries(), "7-0") },
      { name: "the first entry removed", first: 1, edit: () => store.redis.xdel(entries(), "1-0") },
      {
        name: "two entries that changed places",
        first: 3,
        edit: () =>
          rewrite((all) => {
            const [a, b] = [all[2], all[3]];
            if (a !== undefined && b !== undefined) [a.text, b.text] = [b.text, a.text];
          }),
      },
      {
        name: "an entry pushed in between",
        first: 11,
        edit: () =>
          rewrite((all) => {
            const copy = all[9];
            if (copy !== undefined) all.splice(10, 0, { ...copy, id: "10-1" });
          }),
      },
      {
        name: "entries cut from the end",
        first: 119,
        edit: async () => {
          await store.redis.xdel(entries(), "119-0", "120-0");
        },
      },
      {
        name: "entries cut from the end, the head set back to match",
        first: 111,
        edit: async () => {
          const kept = await store.redis.xrange(entries(), "110-0", "110-0");
          for (let at = 111; at <= 120; at += 1) await store.redis.xdel(entries(), `${at}-0`);
          await store.redis.hset(keys.auditHead(tenantId), { sequence: 110, hash: kept[0]?.[1][3] ?? "" });
        },
      },
      {
        name: "an entry of another tenant in the place of one",
        first: 8,
        edit: () =>
          rewrite((all) => {
            const entry = all[7];
            if (entry !== undefined) entry.text = entry.text.replace(tenantId, "another");
            forge(all, 7);
          }),
      },
      { name: "a removed head", first: 1, edit: () => store.redis.del(keys.auditHead(tenantId)) },
      { name: "a removed seal", first: 100, edit: () => store.redis.del(keys.auditSeals(tenantId)) },
      {
        name: "a seal by another key",
        first: 100,
        edit: async () => {
          const seals = await store.redis.hgetall(keys.auditSeals(tenantId));
          // Another letter than the one that is there: one signature in 64 begins with any of them.
          const other = (_: string, letter: string): string => `"signature":"${letter === "-" ? "A" : "-"}`;
          const seal = (seals["100"] ?? "").replace(/"signature":"(.)/, other);
          await store.redis.hset(keys.auditSeals(tenantId), "100", seal);
        },
      },
      {
        name: "an entry that is no longer JSON",
        first: 4,
        edit: () =>
          rewrite((all) => {
            const entry = all[3];
            if (entry !== undefined) entry.text = "{";
          }),
      },
    ];

    for (const { name, first, edit } of edits)
      it(name, async () => {
        await (await filled(120)).close(); // seals entry 120 too
        const audit = start();
        expect(await firstBadEntry(audit)).to.equal("none");

        await edit();

        expect(await firstBadEntry(audit)).to.equal(first);
      });
  });
});
