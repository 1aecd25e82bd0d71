/** Attacks of somebody who writes to Redis and has no key file: on the records that decide a reset, and on the messages between nodes. */
import { createHash, randomBytes } from "node:crypto";
import { expect } from "chai";
import { startAgentLine } from "../../cloud/gateway/agent-line.ts";
import { registrationSessionSchema } from "../../cloud/registration/session.ts";
import { channels, keys } from "../../cloud/store/keys.ts";
import { openNodeBus } from "../../cloud/store/node-bus.ts";
import { NO_REGISTRATION } from "../../cloud/store/registration-record.ts";
import { openStore } from "../../cloud/store/store.ts";
import { createVisitStore } from "../../cloud/store/visits.ts";
import type { AuditEntry } from "../../shared/api/audit.ts";
import { newId } from "../../shared/ids.ts";
import { silentLogger } from "../../shared/logger.ts";
import { sharedCloud, type TestCloud } from "../support/cloud.ts";
import { testUser } from "../support/directory-users.ts";
import { testMac } from "../support/record-mac.ts";
import { sharedRedis } from "../support/redis.ts";
import { rejection } from "../support/rejection.ts";
import { type ResetHost, startResetHost } from "../support/reset-host.ts";
import { waitFor } from "../support/wait-for.ts";

const THIEF = "+32499000001";
const JANE = testUser(1);

describe("a writer of the store makes records of a cloud's own", () => {
  let cloud: TestCloud;
  before(async () => (cloud = await sharedCloud()));

  const redis = async <T>(
    work: (client: Awaited<ReturnType<typeof openStore>>["redis"]) => Promise<T>,
  ): Promise<T> => {
    const store = await openStore({ mac: testMac, connection: cloud.redis.connection, log: silentLogger });
    try {
      return await work(store.redis);
    } finally {
      await store.close();
    }
  };
  const refusals = async (path: string): Promise<AuditEntry[]> => {
    const { body } = await cloud.api<{ items: AuditEntry[] }>("GET", `${path}/audit?limit=100`);
    return body.items.filter(({ action }) => action === "record.refused");
  };

  it("an API key with the scope owner opens nothing, listed or not: its fields have a MAC (finding 4, T-16)", async () => {
    const [id, secret] = [newId(), randomBytes(32).toString("base64url")];
    const digest = createHash("sha256").update(secret).digest("hex");
    const fields = {
      id,
      digest,
      name: "x",
      tenantId: "",
      scopes: '["owner"]',
      createdBy: "system",
      createdAt: 1,
    };
    await redis((client) => client.hset(keys.apiKey(id), fields));
    const call = () => cloud.api("GET", "/api/v1/tenants", undefined, { key: `lkk_${id}_${secret}` });

    for (let n = 0; n < 3; n += 1) {
      const { status, body } = await call();
      expect([status, body.code]).to.deep.equal([500, "RECORD_FORGED"]);
    }
    await redis((client) => client.zadd(keys.apiKeys, 1, id));
    expect((await call()).status).to.equal(500);
    const { body } = await cloud.api<{ items: { id: string }[] }>("GET", "/api/v1/api-keys");
    expect(body.items.map((key) => key.id)).to.not.include(id);

    const entries = await waitFor("the audit entry", async () => {
      const found = (await refusals("/api/v1")).filter(({ details }) => details["key"] === keys.apiKey(id));
      return found.length > 0 ? found : undefined;
    });
    expect(entries, "one entry for many requests").to.have.length(1);
    expect(entries[0]).to.include({ code: "RECORD_FORGED", subject: "record:api_key" });
    const metrics = await (await fetch(`${cloud.metricsUrl ?? ""}/metrics`)).text();
    expect(metrics).to.match(/latchkey_cloud_records_refused_total\{kind="api_key"\} [4-9]/);
    await redis((client) => client.zrem(keys.apiKeys, id));
  });

  it("an API key of a tenant gets no scope and no other tenant: they are under the MAC (finding 4, T-16)", async () => {
    const tenantId = await cloud.newTenant();
    const { id, secret } = await cloud.newKey(["users:read"], tenantId);
    const path = `/api/v1/tenants/${tenantId}/policy`;
    expect((await cloud.api("GET", path, undefined, { key: secret })).status).to.equal(403);
    for (const change of [{ scopes: '["owner"]' }, { tenantId: "" }]) {
      const before = await redis((client) => client.hgetall(keys.apiKey(id)));
      await redis((client) => client.hset(keys.apiKey(id), change));
      expect((await cloud.api("GET", path, undefined, { key: secret })).status).to.equal(500);
      await redis((client) => client.hset(keys.apiKey(id), before));
    }
  });

  it("a policy that was loosened is not in force, and an administrator can set it again (finding 4, T-16)", async () => {
    const tenantId = await cloud.newTenant();
    const path = `/api/v1/tenants/${tenantId}`;
    await cloud.api("PUT", `${path}/policy`, { policy: { scope: "none" } });
    const key = keys.policy(tenantId);
    const json = (await redis((client) => client.hget(key, "json"))) ?? "";
    await redis((client) => client.hset(key, "json", json.replace('"scope":"none"', '"scope":"all"')));

    const { status, body } = await cloud.api("GET", `${path}/policy`);
    expect([status, body.code]).to.deep.equal([500, "RECORD_FORGED"]);
    await waitFor("the audit entry", async () => (await refusals(path)).length === 1);

    expect((await cloud.api("PUT", `${path}/policy`, { policy: { scope: "none" } })).status).to.equal(200);
    expect((await cloud.api("GET", `${path}/policy`)).status).to.equal(200);
  });

  it("a domain that was moved to another tenant leads to neither: the tenant's record decides (finding 4, T-16)", async () => {
    const [owner, thief] = [await cloud.newTenant(), await cloud.newTenant()];
    const domain = `${owner}.example`;
    await cloud.api("PATCH", `/api/v1/tenants/${owner}`, { domains: [domain] });
    await redis((client) => client.hset(keys.domains, domain, thief));
    const own = (await redis((client) => client.hget(keys.tenants, owner))) ?? "";
    const taken = own.replace(`"id":"${owner}"`, `"id":"${thief}"`);
    await redis((client) => client.hset(keys.tenants, thief, taken));

    const { status, body } = await cloud.api("GET", `/api/v1/tenants/${thief}`);
    expect([status, body.code]).to.deep.equal([500, "RECORD_FORGED"]);
  });
});

describe("a writer of the store makes records of a reset", () => {
  let host: ResetHost;
  before(async () => (host = await startResetHost()));
  after(() => host.close());

  it("an attempt with proofs in it is refused: the MAC covers the attempt (finding 4, T-16)", async () => {
    const tenantId = await host.newTenant({}, [JANE]);
    const key = await host.atChoice(tenantId, JANE.userName);
    const name = keys.attempt(tenantId, key.id);
    const stored = (await host.store.redis.get(name)) ?? "";
    const edited = stored.replace('"proofs":[]', '"proofs":["text"]');
    expect(edited).to.not.equal(stored);
    await host.store.redis.set(name, edited);

    expect(await rejection(host.screen(key))).to.include({ code: "RECORD_FORGED" });
    expect(await rejection(host.submit(key))).to.include({ code: "RECORD_FORGED" });
    expect(host.script.writeback.submitted).to.deep.equal([]);
  });

  it("a proven attempt of one's own does not count for another person or tenant: the MAC binds the key (finding 4, T-16)", async () => {
    const other = testUser(2, { mobile: THIEF });
    const tenantId = await host.newTenant({}, [JANE, other]);
    const own = await host.proven(tenantId, other.userName, THIEF);
    const proven = (await host.store.redis.get(keys.attempt(tenantId, own.id))) ?? "";
    const elsewhere = await host.newTenant({}, [JANE]);
    for (const tenant of [tenantId, elsewhere]) {
      const key = await host.atChoice(tenant, JANE.userName);
      await host.store.redis.set(keys.attempt(tenant, key.id), proven);
      expect(await rejection(host.screen(key))).to.include({ code: "RECORD_FORGED" });
    }
  });

  it("an attempt that is put back to before a wrong code has ended, so tries stay counted (finding 4, T-16)", async () => {
    const tenantId = await host.newTenant({}, [JANE]);
    const key = await host.atChoice(tenantId, JANE.userName);
    const otp = await host.code(key, "text", JANE.mobile);
    const name = keys.attempt(tenantId, key.id);
    const old = (await host.store.redis.get(name)) ?? "";
    await host.enter(key, otp === "000000" ? "111111" : "000000");
    await host.store.redis.set(name, old);

    expect(await rejection(host.screen(key))).to.include({ code: "SESSION_ENDED" });
    expect(await rejection(host.enter(key, otp))).to.include({ code: "SESSION_ENDED" });
  });

  it("a registration with the thief's number, or one of another person, gives no method (finding 4, T-16)", async () => {
    const tenantId = await host.newTenant({}, [{ ...JANE, mobile: null }, testUser(2)]);
    await host.register(tenantId, testUser(2).id, { mobile: { number: THIEF, confirmedAt: 1 } });
    const copied = (await host.store.redis.get(keys.registrations(tenantId) + testUser(2).id)) ?? "";
    const made = `1\n${JSON.stringify({ ...NO_REGISTRATION, mobile: { number: THIEF, confirmedAt: 1 } })}`;
    for (const forged of [copied, made]) {
      await host.store.redis.set(keys.registrations(tenantId) + JANE.id, forged);
      expect(await rejection(host.registrations.get(tenantId, JANE.id))).to.include({
        code: "RECORD_FORGED",
      });
    }
  });

  it("a session of the registration portal is refused (finding 4, T-16)", async () => {
    const tenantId = await host.newTenant({}, [JANE]);
    const sessions = createVisitStore({
      store: host.store,
      kind: "session",
      schema: registrationSessionSchema,
      personOf: () => null,
      keyOf: keys.registrationSession,
    });
    const id = newId();
    await host.store.redis.set(
      keys.registrationSession(tenantId, id),
      `1\n${JSON.stringify({ id, tenantId })}`,
    );
    expect(await rejection(sessions.find(tenantId, id))).to.include({ code: "RECORD_FORGED" });
  });

  it("a registration of the same user from before can be put back: SECURITY.md says so (finding 4, T-16)", async () => {
    const tenantId = await host.newTenant({}, [JANE]);
    await host.register(tenantId, JANE.id, { mobile: { number: THIEF, confirmedAt: 1 } });
    const name = keys.registrations(tenantId) + JANE.id;
    const old = (await host.store.redis.get(name)) ?? "";
    await host.register(tenantId, JANE.id, { mobile: null });
    await host.store.redis.set(name, old);
    expect((await host.registrations.get(tenantId, JANE.id)).mobile?.number).to.equal(THIEF);
  });
});

describe("a writer of the store speaks as a node", () => {
  it("a right answer to a wrong password is not believed, made or overheard: bus messages have a MAC (finding 4, T-16)", async () => {
    const { connection } = await sharedRedis();
    const store = await openStore({ mac: testMac, connection, log: silentLogger });
    const [asking, serving] = await Promise.all([newId(), newId()].map((node) => openNodeBus(store, node)));
    if (asking === undefined || serving === undefined) throw new Error("no nodes");
    const overheard: string[] = [];
    const stop = await Promise.all(
      [asking, serving].map(({ node }) =>
        store.subscribe(channels.node(node), (text) => overheard.push(text)),
      ),
    );
    const callIds = (): string[] => overheard.flatMap((text) => /"callId":"([^"]+)"/.exec(text)?.[1] ?? []);
    let isRight = true;
    const agentId = newId();
    const session = {
      approved: true,
      source: 1,
      directory: { dialect: null, server: null, healthy: true, stated: null },
      // While the agent checks the password, the attacker publishes what they would like to be the answer.
      request: async () => {
        const callId = await waitFor("the question", () => callIds().at(-1));
        const answer = { type: "account.signed_in", body: { ok: true, mustChange: false } };
        const message = JSON.stringify({ kind: "agent.answered", callId, answer });
        const signed = JSON.stringify({ sentAt: Date.now(), message: JSON.parse(message) as unknown });
        const old = overheard.find((text) => text.includes("agent.answered"));
        const forged = [message, signed, `${"A".repeat(22)}\n${signed}`];
        const [mac = ""] = old?.split("\n") ?? [];
        if (old !== undefined) forged.push(old, `${mac}\n${signed}`);
        for (const text of forged) await store.redis.publish(channels.node(asking.node), text);
        return {
          type: "account.signed_in",
          body: isRight ? { ok: true, mustChange: false } : { ok: false, reason: "wrong" },
        };
      },
    };
    const lines = [
      startAgentLine({ bus: asking, session: () => undefined, log: silentLogger }),
      startAgentLine({ bus: serving, session: () => session as never, log: silentLogger }),
    ];
    const times = { issuedAt: 1, notAfter: 2 };
    const body = {
      userId: JANE.id,
      order: { checkId: newId(), tenantId: "contoso", subject: "0".repeat(32), ...times },
      token: "A".repeat(86),
      sealed: {
        agentId,
        keyId: newId(),
        suite: "x25519" as const,
        enc: "A".repeat(43),
        ciphertext: "A".repeat(64),
      },
    };
    const signIn = () => lines[0]?.ask("contoso", { agentId, node: serving.node }, "account.sign_in", body);
    try {
      expect(await signIn()).to.include({ ok: true });
      isRight = false;
      expect(await signIn()).to.include({ ok: false });
    } finally {
      for (const line of lines) await line.close();
      for (const end of stop) await end();
      for (const bus of [asking, serving]) await bus.close();
      await store.close();
    }
  });
});
