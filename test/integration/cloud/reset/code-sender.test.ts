import { expect } from "chai";
import type { SessionKey } from "../../../../cloud/visits/visit.ts";
import { testUser, userId } from "../../../support/directory-users.ts";
import { type ResetHost, startResetHost } from "../../../support/reset-host.ts";
import { waitFor } from "../../../support/wait-for.ts";

const NUMBER = "+32 470 00 00 01";
const ONE = userId(1);
const jane = testUser(1, { alternateEmail: "jane@elsewhere.example" });

describe("reset: recipients and number of codes", () => {
  let host: ResetHost;
  before(async () => (host = await startResetHost()));
  after(() => host.close());
  afterEach(() => {
    host.script.smsBreaker = false;
  });

  it("stops after three codes an hour to a number, with the same screens (T-05)", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    for (let times = 0; times < 3; times++)
      await host.code(await host.atChoice(tenantId, "user1"), "text", NUMBER);
    const key = await host.atChoice(tenantId, "user1");
    expect(await host.noCode(key, "call", NUMBER)).to.equal("limit_number_codes_of_hour");
    expect(await host.expectStep(key, "code")).to.include({ problem: null, sendsLeft: 2 });
    await host.code(await host.atChoice(tenantId, "user1"), "email");
  });

  it("sends as many codes an hour to visitors of one network as the policy says, and no texts or calls while the breaker is open (T-05)", async () => {
    const people = Array.from({ length: 12 }, (_, number) => testUser(number));
    const tenantId = await host.newTenant({ limits: { perNetwork: { codes: 10 } } }, people);
    const choose = async (number: number): Promise<SessionKey> => {
      const key = await host.begin(tenantId, `user${number}`, `198.51.100.${number}`);
      await host.service.chooseReason(key, 1, "forgot");
      await host.examined(key);
      return key;
    };
    for (let number = 0; number < 10; number++)
      await host.code(await choose(number), "text", people[number]?.mobile ?? "");
    expect(await host.noCode(await choose(10), "text", people[10]?.mobile ?? "")).to.equal(
      "limit_network_codes",
    );
    host.script.smsBreaker = true;
    const elsewhere = await host.atChoice(tenantId, "user11");
    expect(await host.noCode(elsewhere, "call", people[11]?.mobile ?? "")).to.equal("breaker_open");
  });

  it("sends at most three codes per method, ten seconds apart (T-05)", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const key = await host.atChoice(tenantId, "user1");
    await host.code(key, "text", NUMBER);
    await host.service.resend(key, await host.version(key));
    expect((await host.screen(key)).problem).to.deep.equal({ kind: "resend_too_soon" });
    for (let times = 0; times < 2; times++) {
      await host.clock.advance(10_000);
      await host.service.resend(key, await host.version(key));
    }
    await host.clock.advance(10_000);
    expect(await host.expectStep(key, "code")).to.include({ sendsLeft: 0, problem: null });
    await host.service.resend(key, await host.version(key));
    expect((await host.screen(key)).problem).to.deep.equal({ kind: "too_many_sends" });
  });

  it("does not send to a recently changed number, says so by email, and uses it once confirmed (T-07)", async () => {
    const tenantId = await host.newTenant({}, [testUser(1, { mobile: "+32470999999" })]);
    await host.sync(tenantId, [testUser(1)]);
    const key = await host.atChoice(tenantId, "user1");
    expect(await host.noCode(key, "text", NUMBER)).to.equal("method_not_usable");
    const notice = await waitFor("the mail", async () => {
      await host.clock.advance(1_000);
      return host.notices.find(({ correlationId }) => correlationId === key.id);
    });
    expect(notice.facts.reason).to.equal("number_held");

    await host.register(tenantId, ONE, {
      confirmedSynced: [{ field: "mobile", value: "+32470000001", at: 1 }],
    });
    const later = await host.proven(tenantId, "user1", NUMBER);
    await host.expectStep(later, "password");
  });

  it("sends nothing to a number that changed after the account was examined (T-07)", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const key = await host.atChoice(tenantId, "user1");
    await host.sync(tenantId, [{ ...jane, mobile: "+32470999999" }]);
    expect(await host.noCode(key, "text", "+32 470 99 99 99")).to.equal("changed_meanwhile");
    await host.service.chooseAgain(key, await host.version(key));
    expect(await host.noCode(key, "email")).to.equal("changed_meanwhile");
  });

  it("does not count a correctly typed number as a proof, and sends nothing for a wrong one (T-08)", async () => {
    const tenantId = await host.newTenant({}, [jane]);
    const key = await host.atChoice(tenantId, "user1");
    await host.code(key, "text", NUMBER);
    expect(await host.expectStep(key, "code")).to.include({ proven: 0 });
    const other = await host.atChoice(tenantId, "user1");
    expect(await host.noCode(other, "text", "+32 470 00 00 02")).to.equal("number_differs");
    await host.expectStep(other, "code");
    const third = await host.atChoice(tenantId, "user1");
    await host.service.chooseMethod(third, await host.version(third), "text", "my number");
    const refused = await host.expectStep(third, "choose");
    expect(refused.problem?.kind).to.equal("number_invalid");
    expect(refused, "to be corrected in the field").to.include({ typedNumber: "my number" });
  });
});
