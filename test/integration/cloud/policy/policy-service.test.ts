import { expect } from "chai";
import { createPolicyService, type PolicyControl } from "../../../../cloud/policy/create-policy-service.ts";
import { keys } from "../../../../cloud/store/keys.ts";
import { createPolicyStore } from "../../../../cloud/store/policies.ts";
import { openStore, type Store } from "../../../../cloud/store/store.ts";
import { type PolicyInput, policySchema } from "../../../../shared/api/policy.ts";
import { newId } from "../../../../shared/ids.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { createManualClock, type ManualClock } from "../../../support/manual-clock.ts";
import { testMac } from "../../../support/record-mac.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { rejection } from "../../../support/rejection.ts";

const policyOf = (input: PolicyInput) => policySchema.parse(input);

describe("the policy service", () => {
  let store: Store;
  let clock: ManualClock;
  let service: PolicyControl;
  let tenantId: string;

  before(async () => {
    store = await openStore({
      mac: testMac,
      connection: (await sharedRedis()).connection,
      log: silentLogger,
    });
  });
  after(() => store.close());
  beforeEach(() => {
    clock = createManualClock();
    service = createPolicyService({ policies: createPolicyStore(store), clock });
    tenantId = newId().toLowerCase();
  });

  /** Policy service of another node. */
  const elsewhere = () => createPolicyService({ policies: createPolicyStore(store), clock });

  it("allows no reset before the first policy", async () => {
    expect(await service.get(tenantId)).to.deep.equal({
      policy: policyOf({}),
      version: 0,
      appliedAt: null,
    });
  });

  it("counts versions and stores the applied policy", async () => {
    const policy = policyOf({ scope: "all", default: { methods: ["text"] } });

    const first = await service.apply(tenantId, policyOf({}), 0);
    const second = await service.apply(tenantId, policy, null);

    expect([first.version, second.version]).to.deep.equal([1, 2]);
    expect(second).to.deep.equal({ policy, version: 2, appliedAt: clock.now() });
    expect(await elsewhere().get(tenantId)).to.deep.equal(second);
  });

  it("accepts one of two changes that start from the same version", async () => {
    await service.apply(tenantId, policyOf({}), null);

    const results = await Promise.allSettled(
      ["all", "none", "all"].map((scope) =>
        elsewhere().apply(tenantId, policyOf({ scope: scope as "all" }), 1),
      ),
    );

    expect(results.map(({ status }) => status).sort()).to.deep.equal(["fulfilled", "rejected", "rejected"]);
    expect(await rejection(service.apply(tenantId, policyOf({}), 1))).to.include({ code: "POLICY_CHANGED" });
    expect((await service.latest(tenantId)).version).to.equal(2);
  });

  it("caches a policy for at most one second", async () => {
    await service.get(tenantId);
    await elsewhere().apply(tenantId, policyOf({ scope: "all" }), null);

    expect((await service.get(tenantId)).version).to.equal(0);
    expect((await service.latest(tenantId)).version).to.equal(1);
    await clock.advance(1_000);
    expect((await service.get(tenantId)).version).to.equal(1);
  });

  it("refuses a policy that no node wrote, until another is applied, and remembers whom to tell", async () => {
    const key = keys.policy(tenantId);
    await service.apply(tenantId, policyOf({ scope: "all" }), null);
    const loose = await store.redis.hgetall(key);
    await service.apply(tenantId, policyOf({}), null);
    const strict = await store.redis.hgetall(key);

    for (const forged of [
      { ...strict, json: loose["json"] ?? "" },
      { ...loose, version: "2" },
    ]) {
      await store.redis.hset(key, forged);
      await clock.advance(1_000);
      expect(await rejection(service.get(tenantId))).to.include({ code: "RECORD_FORGED" });
      expect(await service.forAlarms(tenantId)).to.include({ version: 2 });
      expect(await rejection(elsewhere().forAlarms(tenantId))).to.include({ code: "RECORD_FORGED" });
    }
    await store.redis.del(key);
    await clock.advance(1_000);
    expect([
      (await service.get(tenantId)).version,
      (await service.forAlarms(tenantId)).version,
    ]).to.deep.equal([0, 2]);
    expect((await service.apply(tenantId, policyOf({}), null)).version).to.equal(3);
    await clock.advance(1_000);
    expect((await service.get(tenantId)).policy).to.deep.equal(policyOf({}));
  });

  it("goes on with the newest policy that it has seen when Redis has an older one, says so, and lets it be stored again", async () => {
    const key = keys.policy(tenantId);
    await service.apply(tenantId, policyOf({ scope: "all" }), null);
    const loose = await store.redis.hgetall(key);
    const strict = await service.apply(tenantId, policyOf({}), null);
    const [older, forged]: [string[], string[]] = [[], []];
    store.refusals.onRefusal((record) => forged.push(record.key));
    store.refusals.onOlder((record) => older.push(record.key));

    await store.redis.hset(key, loose); // a replica without the last write took over, or a writer put it back
    await clock.advance(1_000);
    expect(await service.get(tenantId)).to.deep.equal(strict);
    expect(await service.latest(tenantId)).to.deep.equal(strict);
    expect((await elsewhere().get(tenantId)).version, "a node that has seen nothing newer").to.equal(1);
    expect([older, forged]).to.deep.equal([[key, key], []]);

    expect(await rejection(service.apply(tenantId, policyOf({}), 1))).to.include({ code: "POLICY_CHANGED" });
    const again = await service.apply(tenantId, policyOf({}), strict.version);
    expect(await elsewhere().get(tenantId)).to.deep.equal(again);
    expect(again.version).to.equal(3);
  });

  it("names a damaged record, and recovers when it is repaired", async () => {
    await service.apply(tenantId, policyOf({}), null);
    const write = async (json: string) => {
      const key = keys.policy(tenantId);
      const at = (await store.redis.hget(key, "appliedAt")) ?? "";
      await store.redis.hset(key, { json, mac: store.mac.sign(key, `1\n${at}\n${json}`) });
    };
    await write('{"scope":"everybody"}');
    await clock.advance(1_000);

    const error = await rejection(service.get(tenantId));
    await write("{}");

    expect(error).to.include({ code: "RECORD_CORRUPT" });
    expect(error.message).to.include(tenantId);
    expect((await service.get(tenantId)).policy).to.deep.equal(policyOf({}));
  });
});
