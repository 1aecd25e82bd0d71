/** Failures between the change of a method and the messages about it, which an attacker would like to happen. */
import { expect } from "chai";
import type { DirectoryUser } from "../../shared/user.ts";
import { type RegistrationHost, startRegistrationHost } from "../support/registration-host.ts";

describe("a change of methods whose messages cannot be stored", () => {
  let host: RegistrationHost;
  before(async () => (host = await startRegistrationHost()));
  after(() => host[Symbol.asyncDispose]());
  beforeEach(() => host.reset());

  const messagesOf = (user: DirectoryUser) => [
    host.notices.filter(({ emails }) => emails.includes(user.userName)).map(({ kind }) => kind),
    host.audited
      .filter(
        ({ action, subject }) => action.startsWith("registration.changed") && subject === `user:${user.id}`,
      )
      .map(({ details }) => details?.["change"]),
  ];

  it("owes both in the record of the change, and another node sends them once (finding 20)", async () => {
    const user = await host.person();
    const client = await host.signedIn(user);
    await client.submit("/register/confirm", { what: "mobile", channel: "text" });
    const otp = await host.otp();
    host.isStoreFailing = true;
    await client.submit("/register/code", { otp });
    host.isStoreFailing = false;

    const { owed, confirmedSynced } = await host.registrations.get(host.tenantId, user.id);
    expect(confirmedSynced, "the change is stored").to.have.lengthOf(1);
    expect(owed.map(({ owes }) => owes)).to.deep.equal([["audit", "notice"]]);
    expect(messagesOf(user)).to.deep.equal([[], []]);

    await host.methodChanges.settleOwed(host.tenantId, host.clock.now());
    await host.methodChanges.settleOwed(host.tenantId, host.clock.now());

    expect(messagesOf(user)).to.deep.equal([["method_added"], [owed[0]?.id]]);
    expect((await host.registrations.get(host.tenantId, user.id)).owed).to.deep.equal([]);
    expect(await host.registrations.owing(host.tenantId, Infinity)).to.deep.equal([]);
  });
});
