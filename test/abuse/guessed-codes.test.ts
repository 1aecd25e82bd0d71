import { expect } from "chai";
import type { SessionKey } from "../../cloud/visits/visit.ts";
import { DAY_MS, HOUR_MS } from "../../shared/durations.ts";
import { ageLimits } from "../support/age-limits.ts";
import { testUser, userId } from "../support/directory-users.ts";
import { type ResetHost, startResetHost, wrongOtp } from "../support/reset-host.ts";
import { waitFor } from "../support/wait-for.ts";

const ONE = userId(1);
const NUMBER = "+32 470 00 00 01";
const STRANGER = "198.51.100.7";

describe("guessed codes", () => {
  let host: ResetHost;
  before(async () => (host = await startResetHost()));
  after(() => host.close());

  /** Begins at a recovery code, which needs no message. */
  const atRecovery = async (tenantId: string, userName: string, address?: string): Promise<SessionKey> => {
    const key = await host.begin(tenantId, userName, address);
    await host.service.chooseReason(key, 1, "forgot");
    await host.service.chooseMethod(key, 2, "recovery_code", null);
    await host.screen(key);
    return key;
  };
  const guess = async (key: SessionKey, times: number): Promise<void> => {
    for (let each = 0; each < times; each++) await host.enter(key, "AAAAA-BBBBB-CCCCC");
  };

  it("60 of one stranger close the stranger's own network, and change nothing for anybody else (finding 3, T-03, T-11): codes are counted by network, and only different users and networks mean an attack", async () => {
    const tenantId = await host.newTenant({}, [testUser(1)]);
    for (let name = 0; name < 6; name++)
      await guess(await atRecovery(tenantId, `somebody${name}`, STRANGER), 10);

    await host.clock.advance(1_001);
    expect(await host.service.underAttack(tenantId)).to.equal(false);
    const key = await host.atChoice(tenantId, "user1");
    const otp = await host.code(key, "text", NUMBER);
    expect(otp).to.have.length(8);
    await host.expectStep(await host.enter(key, otp), "password");

    const closed = await atRecovery(tenantId, "user1", STRANGER);
    await guess(closed, 1);
    expect((await host.screen(closed)).problem).to.deep.equal({ kind: "network_closed" });
    expect(host.auditOf(closed, "attempt.failed"), "nothing was compared").to.deep.equal([]);
  });

  it("of made-up names count for the captcha like those of users, and so do not tell which names exist (finding 3, T-01, T-03): the tenant counts typed names, from different networks", async () => {
    const limits = { attack: { users: 5, networks: 5 } };
    const underAttackAfter = async (names: readonly string[]): Promise<boolean> => {
      const tenantId = await host.newTenant(
        { limits },
        [1, 2, 3, 4, 5].map((number) => testUser(number)),
      );
      for (const name of names) await guess(await atRecovery(tenantId, name), 1);
      await host.clock.advance(1_001);
      return host.service.underAttack(tenantId);
    };
    const four = ["user1", "user2", "user3", "user4"];
    expect(await underAttackAfter([...four, "user4"])).to.equal(false);
    for (const candidate of ["user5", "nobody"])
      expect(await underAttackAfter([...four, candidate]), candidate).to.equal(true);
    const [own, other] = ["user1", testUser(1).aliases.find((alias) => alias !== "user1") ?? ""];
    for (const both of [
      [own, other],
      ["nobody", "somebody"],
    ])
      expect(await underAttackAfter([...four.slice(1), ...both]), "two names").to.equal(true);
  });

  it("of many users from many networks slow down a person with one method, and shut nobody out (finding 3, T-11): a longer code and a pause instead of a second method", async () => {
    const people = Array.from({ length: 7 }, (_, number) => testUser(number));
    const tenantId = await host.newTenant({ limits: { attack: { users: 5, networks: 5 } } }, people);
    for (let name = 2; name < 7; name++) await guess(await atRecovery(tenantId, `user${name}`), 1);
    await host.clock.advance(1_001);
    expect(await host.service.underAttack(tenantId)).to.equal(true);

    const key = await host.atChoice(tenantId, "user1");
    const otp = await host.code(key, "text", NUMBER);
    expect(otp).to.have.length(10);
    const proven = await host.enter(key, otp);
    const { until } = await host.expectStep(proven, "paused");
    await host.clock.advance(until - host.clock.now());
    await host.expectStep(proven, "password");
  });

  it("cost work from the third one on, twice as much each time, in every visit (finding 3, T-11): the cost grows long before the person is blocked", async () => {
    const tenantId = await host.newTenant({}, [testUser(1)]);
    for (const userName of ["user1", "nobody"]) {
      const asked: number[] = [];
      for (let visit = 0; visit < 3; visit++) {
        const key = await atRecovery(tenantId, userName);
        for (let each = 0; each < 2; each++) {
          const screen = await host.expectStep(key, "enter");
          asked.push(screen.work);
          if (screen.work > 0) {
            await host.service.enterCode(key, screen.version, "AAAAA-BBBBB-CCCCC", screen.work - 1);
            expect((await host.screen(key)).problem).to.deep.equal({ kind: "work_needed" });
          }
          await host.service.enterCode(key, await host.version(key), "AAAAA-BBBBB-CCCCC", screen.work);
        }
      }
      expect(asked, userName).to.deep.equal([0, 0, 2, 4, 8, 16]);
    }
  });

  it("32 at once are five guesses and one block (finding 14, T-02): a try is taken in Redis before anything is compared", async () => {
    const tenantId = await host.newTenant({}, [testUser(1)]);
    const key = await host.atChoice(tenantId, "user1");
    const otp = await host.code(key, "text", NUMBER);
    const version = await host.version(key);
    const wrong = Array.from({ length: 32 }, (_, number) => `9${String(number).padStart(7, "0")}`);
    await Promise.allSettled(wrong.map((typed) => host.service.enterCode(key, version, typed, 1_000)));
    await host.enter(key, otp);
    expect((await host.screen(key)).problem, "even the right one is too late").to.deep.equal({
      kind: "code_expired",
    });
    await waitFor("the audit", () => host.auditOf(key, "attempt.failed").length >= 5);
    expect(host.auditOf(key, "attempt.failed")).to.have.length(5);

    const keys = await Promise.all(Array.from({ length: 16 }, () => atRecovery(tenantId, "user1")));
    await Promise.allSettled(
      keys.map((each, at) => host.service.enterCode(each, 3, `AAAAA-BBBBB-CCC${at}`, 1_000)),
    );
    const all = [key, ...keys];
    await waitFor(
      "the tries",
      () => all.flatMap((each) => host.auditOf(each, "attempt.failed")).length >= 10,
    );
    expect(all.flatMap((each) => host.auditOf(each, "attempt.failed"))).to.have.length(10);
    for (const each of all)
      expect(host.auditOf(each, "attempt.blocked").length, "one block of a visit").to.be.at.most(1);
  });

  it("around the end of a day are ten in any 24 hours (finding 15, T-02): the window slides", async () => {
    const tenantId = await host.newTenant({}, [testUser(1)]);
    await guess(await atRecovery(tenantId, "user1"), 1);
    await ageLimits(host.store.redis, tenantId, DAY_MS - HOUR_MS);
    await guess(await atRecovery(tenantId, "user1"), 9);
    await host.expectStep(await atRecovery(tenantId, "user1"), "blocked");
    await ageLimits(host.store.redis, tenantId, 2 * HOUR_MS);

    const key = await atRecovery(tenantId, "user1");
    await guess(key, 10);

    await host.expectStep(key, "blocked");
    expect(host.auditOf(key, "attempt.failed"), "one guess has become free").to.have.length(1);
  });

  it("that go on for days end at a hundred in a row, until a helpdesk lifts it or a right code comes (finding 15, T-02)", async () => {
    const tenantId = await host.newTenant({}, [testUser(1), testUser(2)]);
    const guessForDays = async (userName: string): Promise<void> => {
      for (let day = 0; day < 10; day++) {
        await guess(await atRecovery(tenantId, userName), 10);
        await ageLimits(host.store.redis, tenantId, DAY_MS + HOUR_MS);
        await host.clock.advance(DAY_MS + HOUR_MS);
      }
    };
    await guessForDays("user1");
    const { until } = await host.expectStep(await atRecovery(tenantId, "user1"), "blocked");
    expect(until, "not over tomorrow").to.be.greaterThan(Date.now() + 300 * DAY_MS);
    await host.limits.clearPerson(tenantId, ONE);
    await host.expectStep(await atRecovery(tenantId, "user1"), "enter");
    expect(await host.store.redis.exists(`lk:{${tenantId}}:limit:person:${userId(2)}`)).to.equal(0);
  });

  it("of a person who mistypes and then enters the right code count for no network (finding 3): a proof gives back what its visit took", async () => {
    const tenantId = await host.newTenant({}, [testUser(1)]);
    const key = await host.begin(tenantId, "user1", STRANGER);
    await host.service.chooseReason(key, 1, "forgot");
    await host.examined(key);
    const otp = await host.code(key, "text", NUMBER);
    for (let times = 0; times < 3; times++) await host.enter(key, wrongOtp(otp));
    await host.expectStep(await host.enter(key, otp), "password");

    const counters = ["network_failed_codes", "network_starts", "network_codes"];
    await waitFor("all of it to be given back", async () => {
      const kept = await Promise.all(
        counters.map((name) =>
          host.store.redis.hget(`lk:{${tenantId}}:limit:${name}:198.51.100.0/24`, "count"),
        ),
      );
      return kept.every((text) => text === null || /^0 0;$/.test(text));
    });
  });

  for (const [method, over] of [
    ["recovery_code", "a code that is not sent"],
    ["text", "a code that is sent"],
  ] as const)
    it(`of a writer of Redis, who deletes the counters after each guess at ${over}, are 50 a day on each node (finding 4, finding 14, T-02, T-16): the node counts too`, async () => {
      const tenantId = await host.newTenant({}, [testUser(1)]);
      let key = await atRecovery(tenantId, "user1");
      let guesses = 0;
      while ((await host.screen(key)).step !== "blocked" && guesses < 80) {
        const counters = await host.store.redis.keys(`lk:{${tenantId}}:limit*`);
        if (counters.length > 0) await host.store.redis.del(...counters);
        if (method === "text" && guesses % 5 === 0) {
          key = await host.atChoice(tenantId, "user1");
          await host.code(key, "text", NUMBER);
        }
        await host.enter(key, method === "text" ? "00000000" : "AAAAA-BBBBB-CCCCC");
        guesses++;
      }
      expect(guesses).to.equal(51);
    });
});
