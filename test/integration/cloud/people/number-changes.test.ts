import { expect } from "chai";
import type { Notice } from "../../../../cloud/notify/notifier.ts";
import { startNumberChanges } from "../../../../cloud/people/number-changes.ts";
import { keys } from "../../../../cloud/store/keys.ts";
import { createNumberChangeStore } from "../../../../cloud/store/number-changes.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { testUser, userId, usersUpTo } from "../../../support/directory-users.ts";
import { type ResetHost, startResetHost } from "../../../support/reset-host.ts";
import { waitFor } from "../../../support/wait-for.ts";

describe("sync: notices of changed numbers (S14)", () => {
  let host: ResetHost;
  before(async () => (host = await startResetHost()));
  after(() => host.close());

  function start(notices: Notice[], tenantIds: readonly string[] = []) {
    const { people, policy, limits, portalKeys, users, clock, store } = host;
    return startNumberChanges({
      people,
      policy,
      limits,
      portalKeys,
      clock,
      log: silentLogger,
      changes: createNumberChangeStore({ store }),
      countUsers: (tenantId) => users.count(tenantId),
      tenantIds: () => Promise.resolve(tenantIds),
      notifier: {
        notify(notice) {
          notices.push(notice);
          return Promise.resolve();
        },
      },
    });
  }

  it("notifies the old number and all addresses once, and not the new ones", async () => {
    const notices: Notice[] = [];
    const before = testUser(1, { alternateEmail: "old@elsewhere.example" });
    const contact = { emails: ["help@contoso.test"] };
    const tenantId = await host.newTenant({ contact }, [before, testUser(2)]);
    await host.sync(tenantId, [
      testUser(1, { mobile: "+32470999999", alternateEmail: "new@elsewhere.example" }),
      testUser(2, { displayName: "Renamed" }),
    ]);
    const numbers = start(notices);
    await Promise.all([numbers.tell(tenantId), numbers.tell(tenantId)]);
    await numbers.tell(tenantId);
    await numbers.close();

    expect(notices).to.have.length(1);
    expect(notices[0]).to.deep.include({
      kind: "number_changed",
      emails: ["old@elsewhere.example", "User1@contoso.com"],
      texts: ["+32470000001"],
    });
    expect(notices[0]?.facts).to.include({ changed: "mobile,alternateEmail", contact: "help@contoso.test" });
    expect(Number(notices[0]?.facts.until)).to.be.closeTo(Date.now() + 72 * 3_600_000, 60_000);
  });

  it("notifies the old number of a user who left right after the change, or whose record was refused meanwhile", async () => {
    const notices: Notice[] = [];
    const tenantId = await host.newTenant({}, [testUser(1), testUser(2)]);
    await host.sync(
      tenantId,
      [1, 2].map((number) => testUser(number, { mobile: `+3247099999${number}` })),
    );
    await host.remove(tenantId, 1);
    const bucket = keys.userBuckets(tenantId) + userId(2).slice(0, 3);
    const record = (await host.store.redis.hget(bucket, userId(2))) ?? "";
    await host.store.redis.hset(bucket, userId(2), record.replace("+32470999992", "+32499000001"));
    const numbers = start(notices);

    await numbers.tell(tenantId);
    expect(notices.map(({ texts }) => texts)).to.deep.equal([["+32470000001"]]);

    await host.store.redis.hset(bucket, userId(2), record);
    await numbers.tell(tenantId);
    await numbers.tell(tenantId);
    await numbers.close();
    expect(notices.map(({ texts }) => texts)).to.deep.equal([["+32470000001"], ["+32470000002"]]);
  });

  it("notifies a number that was set and removed, but not a number that is current again", async () => {
    const notices: Notice[] = [];
    const tenantId = await host.newTenant({}, usersUpTo(3));
    await host.sync(tenantId, [testUser(1, { mobile: "+32470999999" })]);
    await host.sync(tenantId, [testUser(1)]);
    const numbers = start(notices);
    await numbers.tell(tenantId);
    await numbers.close();
    expect(notices.map(({ texts }) => texts)).to.deep.equal([["+32470999999"]]);
  });

  it("notifies the administrators once when many numbers change at once, and everybody by email", async () => {
    const notices: Notice[] = [];
    const tenantId = await host.newTenant({ admins: { emails: ["security@contoso.com"] } }, usersUpTo(30));
    const numbers = start(notices);
    for (const digit of ["8", "9"]) {
      const moved = usersUpTo(30).map((user) => ({
        ...user,
        mobile: `+32470${digit}${user.mobile?.slice(-5) ?? ""}`,
      }));
      await host.sync(tenantId, moved);
      await numbers.tell(tenantId);
    }
    await numbers.close();
    const [first, ...others] = notices;
    expect(first).to.deep.include({ kind: "admin_numbers_changed", emails: ["security@contoso.com"] });
    expect(first?.facts).to.deep.equal({ count: "30" });
    expect(others).to.have.length(60);
    expect(others.every(({ kind, texts }) => kind === "number_changed" && texts?.length === 0)).to.equal(
      true,
    );
  });

  it("sends the notices a dead node left behind, by its timer", async () => {
    const notices: Notice[] = [];
    const tenantId = await host.newTenant({}, [testUser(1)]);
    await host.sync(tenantId, [testUser(1, { mobile: null })]);
    const numbers = start(notices, [tenantId]);
    await waitFor("the notice", async () => {
      await host.clock.advance(60_000);
      return notices.length > 0;
    });
    await numbers.close();
    expect(notices[0]?.texts).to.deep.equal(["+32470000001"]);
  });
});
