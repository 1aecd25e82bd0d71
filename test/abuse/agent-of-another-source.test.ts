/** Attacks of an approved agent of one source on the people of another. */
import { expect } from "chai";
import { keys } from "../../cloud/store/keys.ts";
import { NO_REGISTRATION } from "../../cloud/store/registration-record.ts";
import { policySchema } from "../../shared/api/policy.ts";
import type { SyncChange } from "../../shared/protocol/frames.ts";
import { asGone, asUser, testUser, userId, usersUpTo } from "../support/directory-users.ts";
import { type ResetHost, startResetHost } from "../support/reset-host.ts";
import { newSession, newTenant, runSync } from "../support/sync-cloud.ts";

const NUMBER = "+32470999999";

describe("an approved agent of another source", () => {
  let host: ResetHost;
  let tenantId: string;
  before(async () => (host = await startResetHost()));
  after(() => host.close());
  beforeEach(async () => {
    tenantId = await newTenant(host.cloud, { sources: 2 });
    await host.policies.apply(tenantId, policySchema.parse({ scope: "all" }), null, host.clock.now());
  });

  const run = (source: number, changes: readonly SyncChange[]) =>
    runSync(host.cloud.sync, newSession(tenantId, source), { changes, cursor: `cursor${source}` });
  const victim = () => host.users.get(tenantId, userId(1));

  it("takes nobody who left the first source: neither the person, nor the methods, nor the times (abuse finding 1)", async () => {
    await run(1, usersUpTo(30).map(asUser));
    await host.register(tenantId, userId(1), { mobile: { number: NUMBER, confirmedAt: 1 } });
    await run(1, [asGone(1)]);

    const taken = await run(2, [asUser(testUser(1, { mobile: "+32499000001" }))]);

    expect(taken.finished.counts).to.include({ added: 0, rejected: 1 });
    expect(await victim()).to.equal(null);
    const missing = await host.cloud.problems.rejectedEntries(tenantId);
    expect(missing.map(({ source, id, reason }) => ({ source, id, reason }))).to.deep.equal([
      { source: 2, id: userId(1), reason: "other_source" },
    ]);

    const back = await run(1, [asUser(testUser(1))]);
    expect(back.finished.counts).to.include({ added: 1, rejected: 0 });
    expect(await victim()).to.include({ source: 1, numberChangedAt: null });
    const { registration } = await host.people.find(tenantId, "user1@contoso.com");
    expect(registration.mobile?.number).to.equal(NUMBER);
  });

  it("gets a user of a removed source as a new one, without methods, whose number waits (abuse finding 1)", async () => {
    await run(1, usersUpTo(30).map(asUser));
    await host.register(tenantId, userId(1), { mobile: { number: NUMBER, confirmedAt: 1 } });
    await run(1, [asGone(1)]);
    await host.store.redis.hset(keys.sources(tenantId), "numbers", "2");

    await run(2, [asUser(testUser(1))]);

    const user = await victim();
    expect(user?.source).to.equal(2);
    expect(user?.numberChangedAt).to.be.a("number");
    expect(await host.registrations.get(tenantId, userId(1))).to.deep.equal(NO_REGISTRATION);
  });

  it("cannot shut many people out by their names unseen, because administrators are told (abuse finding 1)", async () => {
    await run(1, usersUpTo(30).map(asUser));
    const audited = () => host.cloud.audited.filter(({ action }) => action === "sync.names_shared");
    const withNamesOf = (first: number, count: number) =>
      usersUpTo(count).map(({ userName, aliases }, at) =>
        asUser(testUser(first + at, { userName, aliases })),
      );

    await run(2, withNamesOf(1_000, 2));
    expect(audited(), "a few people have an account in two directories").to.deep.equal([]);

    const { runId } = await run(2, withNamesOf(1_000, 30));
    expect(audited()).to.have.lengthOf(1);
    expect(audited()[0]).to.deep.include({ subject: `run:${runId}`, outcome: "done" });
    expect(audited()[0]?.details?.["names"]).to.be.within(28, 90);

    await run(2, withNamesOf(1_000, 30));
    expect(audited(), "the same names again are no news").to.have.lengthOf(1);
  });
});
