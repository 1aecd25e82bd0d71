import { expect } from "chai";
import { makeVerdict } from "../../shared/writeback.ts";
import { testUser, userId } from "../support/directory-users.ts";
import { type ResetHost, startResetHost } from "../support/reset-host.ts";
import { makeParties, scriptedDirectory, startScripted } from "../support/scripted-writeback.ts";

const INSIDER = userId(1);
const NUMBERS = ["+32 470 00 00 01", "+32 470 00 00 02"] as const;
const TOO_SHORT = makeVerdict("rejected", "PASSWORD_TOO_SHORT");

describe("61 refused passwords of one insider", () => {
  let host: ResetHost;
  before(async () => (host = await startResetHost()));
  after(() => host.close());

  it("stop that insider alone, in the cloud (finding 2, T-11): new passwords are counted by person before the agents are asked", async () => {
    const tenantId = await host.newTenant({}, [testUser(1), testUser(2)]);
    host.script.writeback.decide = ({ userId: id }) =>
      id === INSIDER
        ? { state: "rejected", code: "PASSWORD_TOO_SHORT", verdict: TOO_SHORT }
        : { state: "applied", verdict: makeVerdict("applied", null, { passwordSet: true }) };
    const key = await host.proven(tenantId, "user1", NUMBERS[0]);
    const before = host.script.writeback.submitted.length;
    for (let times = 0; times < 61; times++) await host.submit(key, "short");

    expect(host.script.writeback.submitted.length - before).to.equal(10);
    const screen = await host.expectStep(key, "password");
    expect(screen.problem).to.deep.equal({ kind: "not_applied", code: "TOO_MANY_WRITES" });
    const other = await host.proven(tenantId, "user2", NUMBERS[1]);
    await host.submit(other);
    await host.expectStep(other, "done");

    await host.limits.clearPerson(tenantId, INSIDER);
    await host.submit(key, "short");
    expect((await host.screen(key)).problem, "a helpdesk lifts it").to.include({ kind: "password_refused" });
  });

  it("stop that insider alone, at the agent (finding 2, T-18): its brake counts different users whose password was set", async () => {
    const parties = await makeParties();
    const directory = scriptedDirectory();
    const apply = directory.applyPassword.bind(directory);
    directory.applyPassword = async (order, onSend) => {
      if (order.userId !== INSIDER) return apply(order, onSend);
      await onSend();
      return TOO_SHORT;
    };
    const agent = await startScripted({ parties, directory, config: { maxPerUser: 10, maxPerUserDay: 40 } });
    for (let times = 0; times < 61; times++) {
      await agent.offer(await parties.job(agent.clock.now(), { userId: INSIDER }));
      await agent.clock.advance(1_000);
    }
    // Meanwhile, others are neither refused nor put off.
    for (const user of [2, 3, 4])
      await agent.offer(await parties.job(agent.clock.now(), { userId: userId(user) }));

    const seen = agent.verdicts.map(({ code, state }) => code ?? state);
    expect(seen.slice(-3)).to.deep.equal(["applied", "applied", "applied"]);
    expect(seen.filter((code) => code === "PASSWORD_TOO_SHORT").length, "tries").to.be.at.most(10);
    expect(agent.writeback.status()).to.include({ brake: null, writesLastHour: 3 });
    await agent.writeback.close();
  });
});
