import { expect } from "chai";
import { newRecoveryCodes, recoveryCodeDigest } from "../../cloud/methods/recovery-codes.ts";
import { type RegistrationHost, startRegistrationHost } from "../support/registration-host.ts";

describe("a writer of Redis who deletes the counters after each guess", () => {
  let host: RegistrationHost;
  before(async () => (host = await startRegistrationHost()));
  after(() => host[Symbol.asyncDispose]());
  beforeEach(() => host.reset());

  /** Guesses `wrong` times at the registration portal, then enters a right code. Returns whether it was accepted. */
  async function rightAfter(wrong: number): Promise<boolean> {
    const user = await host.person();
    const codes = newRecoveryCodes();
    await host.registrations.update(host.tenantId, user.id, (present) => ({
      ...present,
      recoveryCodes: codes.map((code) => ({
        digest: recoveryCodeDigest(host.portalKeys, host.tenantId, user.id, code),
        usedAt: null,
      })),
    }));
    const client = await host.signedIn(user);
    const enter = async (otp: string): Promise<void> => {
      await client.open("/register");
      if (!(await client.has("/register/code"))) {
        await client.open("/register/verify");
        await client.submit("/register/verify/method", { method: "recovery_code" });
      }
      await client.submit("/register/code", { otp });
      const counters = await host.cloud.store.redis.keys(`lk:{${host.tenantId}}:limit*`);
      if (counters.length > 0) await host.cloud.store.redis.del(...counters);
    };
    for (let guess = 0; guess < wrong; guess++) await enter("AAAAA-BBBBB-CCCCC");
    await enter(codes[0] ?? "");
    return !/too many|incorrect|There is a problem/i.test(await client.text());
  }

  it("has 50 guesses a day on a node at the registration portal too: the node counts as well (finding 4, finding 14, T-02, T-16)", async () => {
    expect(await rightAfter(12), "an owner who mistypes").to.equal(true);
    expect(await rightAfter(50)).to.equal(false);
  });
});
