import { expect } from "chai";
import { Secret as OtpSecret, TOTP } from "otpauth";
import { networkOf } from "../../cloud/limits/network.ts";
import { attackCounts } from "../../cloud/limits/requests.ts";
import { newAuthenticatorSecret, sealAuthenticatorSecret } from "../../cloud/methods/authenticator.ts";
import { policySchema } from "../../shared/api/policy.ts";
import { AppError } from "../../shared/errors.ts";
import { testUser, userId } from "../support/directory-users.ts";
import { type ResetHost, startResetHost } from "../support/reset-host.ts";

const ONE = userId(1);

describe("one code of an authenticator app", () => {
  let host: ResetHost;
  before(async () => (host = await startResetHost()));
  after(() => host.close());

  it("is not enough while no agent answers, even under attack: what is required is not known then (finding 10, T-03)", async () => {
    const tenantId = await host.newTenant({}, [testUser(1, { mobile: null })]);
    const secret = newAuthenticatorSecret();
    const app = new TOTP({ secret: OtpSecret.fromHex(secret.reveal().toString("hex")) });
    const sealedSecret = sealAuthenticatorSecret(host.portalKeys, tenantId, ONE, secret);
    await host.register(tenantId, ONE, { authenticator: { sealedSecret, confirmedAt: 1, lastStep: 0 } });
    const rules = policySchema.parse({}).limits;
    for (let other = 0; other < 25; other++) {
      const failure = { name: `name${other}`, network: networkOf(`10.${other}.0.1`, rules) };
      await host.limits.count(tenantId, attackCounts({ rules, users: 1 }, failure));
    }
    host.script.view = () => new AppError("AGENT_OFFLINE");
    const key = await host.begin(tenantId, "user1");
    await host.service.chooseReason(key, 1, "forgot");
    await host.service.chooseMethod(key, await host.version(key), "authenticator", null);

    const half = await host.enter(key, app.generate({ timestamp: host.clock.now() }));
    expect(await host.expectStep(half, "enter")).to.include({ needsNextCode: true });

    host.script.view = () => ({});
    await host.expectStep(
      await host.enter(half, app.generate({ timestamp: host.clock.now() + 30_000 })),
      "paused",
    );
  });
});
