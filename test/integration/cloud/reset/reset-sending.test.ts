import { expect } from "chai";
import type { SessionKey } from "../../../../cloud/reset/reset-service.ts";
import { testUser, userId } from "../../../support/directory-users.ts";
import { openResetLab, type ResetLab } from "../../../support/reset-lab.ts";
import { waitFor } from "../../../support/wait-for.ts";

const NUMBER = "+32 470 00 00 01";
const ONE = userId(1);
const jane = testUser(1, { alternateEmail: "jane@elsewhere.example" });

describe("reset: whom codes are sent to, and how many", () => {
  let lab: ResetLab;
  before(async () => (lab = await openResetLab()));
  after(() => lab.close());
  afterEach(() => {
    lab.script.smsBreaker = false;
  });

  it("T-05: stops after three codes to a number in an hour, and looks as before", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    for (let times = 0; times < 3; times++)
      await lab.code(await lab.atChoice(tenantId, "user1"), "text", NUMBER);
    const key = await lab.atChoice(tenantId, "user1");
    expect(await lab.noCode(key, "call", NUMBER)).to.equal("limit_number_hour");
    expect(await lab.expectStep(key, "code")).to.include({ problem: null, sendsLeft: 2 });
    await lab.code(await lab.atChoice(tenantId, "user1"), "email");
  });

  it("T-05: sends ten codes an hour to one network's visitors, and none by text or call while the breaker is open", async () => {
    const people = Array.from({ length: 12 }, (_, number) => testUser(number));
    const tenantId = await lab.newTenant({}, people);
    const choose = async (number: number): Promise<SessionKey> => {
      const key = await lab.begin(tenantId, `user${number}`, `198.51.100.${number}`);
      await lab.service.chooseReason(key, 1, "forgot");
      await lab.examined(key);
      return key;
    };
    for (let number = 0; number < 10; number++)
      await lab.code(await choose(number), "text", people[number]?.mobile ?? "");
    expect(await lab.noCode(await choose(10), "text", people[10]?.mobile ?? "")).to.equal(
      "limit_address_sends",
    );
    lab.script.smsBreaker = true;
    const elsewhere = await lab.atChoice(tenantId, "user11");
    expect(await lab.noCode(elsewhere, "call", people[11]?.mobile ?? "")).to.equal("breaker_open");
  });

  it("T-05: sends three times a method at most, ten seconds apart", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    const key = await lab.atChoice(tenantId, "user1");
    await lab.code(key, "text", NUMBER);
    await lab.service.resend(key, await lab.version(key));
    expect((await lab.screen(key)).problem).to.deep.equal({ kind: "resend_too_soon" });
    for (let times = 0; times < 2; times++) {
      await lab.clock.advance(10_000);
      await lab.service.resend(key, await lab.version(key));
    }
    await lab.clock.advance(10_000);
    expect(await lab.expectStep(key, "code")).to.include({ sendsLeft: 0, problem: null });
    await lab.service.resend(key, await lab.version(key));
    expect((await lab.screen(key)).problem).to.deep.equal({ kind: "too_many_sends" });
  });

  it("T-07: does not send to a number that changed a moment ago, tells so by mail, and takes it once confirmed", async () => {
    const tenantId = await lab.newTenant({}, [testUser(1, { mobile: "+32470999999" })]);
    await lab.sync(tenantId, [testUser(1)]);
    const key = await lab.atChoice(tenantId, "user1");
    expect(await lab.noCode(key, "text", NUMBER)).to.equal("method_not_usable");
    const notice = await waitFor("the mail", async () => {
      await lab.clock.advance(1_000);
      return lab.notices.find(({ correlationId }) => correlationId === key.id);
    });
    expect(notice.facts.reason).to.equal("number_held");

    await lab.register(tenantId, ONE, {
      confirmedSynced: [{ field: "mobile", value: "+32470000001", at: 1 }],
    });
    const later = await lab.proven(tenantId, "user1", NUMBER);
    await lab.expectStep(later, "password");
  });

  it("T-07: sends nothing to what has changed since the attempt was looked at", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    const key = await lab.atChoice(tenantId, "user1");
    await lab.sync(tenantId, [{ ...jane, mobile: "+32470999999" }]);
    expect(await lab.noCode(key, "text", "+32 470 99 99 99")).to.equal("changed_meanwhile");
    await lab.service.chooseAgain(key, await lab.version(key));
    expect(await lab.noCode(key, "email")).to.equal("changed_meanwhile");
  });

  it("T-08: proves nothing by a number that is typed rightly, and sends nothing for another one", async () => {
    const tenantId = await lab.newTenant({}, [jane]);
    const key = await lab.atChoice(tenantId, "user1");
    await lab.code(key, "text", NUMBER);
    expect(await lab.expectStep(key, "code")).to.include({ proven: 0 });
    const other = await lab.atChoice(tenantId, "user1");
    expect(await lab.noCode(other, "text", "+32 470 00 00 02")).to.equal("number_differs");
    await lab.expectStep(other, "code");
    const third = await lab.atChoice(tenantId, "user1");
    await lab.service.chooseMethod(third, await lab.version(third), "text", "my number");
    expect((await lab.expectStep(third, "choose")).problem).to.deep.equal({ kind: "number_invalid" });
  });
});
