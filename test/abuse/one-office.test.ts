import { expect } from "chai";
import { networkOf } from "../../cloud/limits/network.ts";
import { registrationStarts } from "../../cloud/limits/requests.ts";
import { createLimits } from "../../cloud/store/limits.ts";
import { createPortalClient } from "../../lab/portal-client.ts";
import { policySchema } from "../../shared/api/policy.ts";
import { HOUR_MS } from "../../shared/durations.ts";
import type { DirectoryUser } from "../../shared/user.ts";
import { testUser, userId, usersUpTo } from "../support/directory-users.ts";
import { PASSWORD, startRegistrationHost } from "../support/registration-host.ts";
import { type ResetHost, startResetHost } from "../support/reset-host.ts";
import { waitFor } from "../support/wait-for.ts";

const OFFICE = "203.0.113.";

describe("codes by text message", () => {
  let host: ResetHost;
  before(async () => (host = await startResetHost()));
  after(() => host.close());

  const people = usersUpTo;
  const ask = async (tenantId: string, number: number, address?: string): Promise<unknown> =>
    (await host.ask(tenantId, number, address)).answer;

  it("reach 35 colleagues behind one address within a minute (finding 9, T-05)", async () => {
    const tenantId = await host.newTenant({}, people(35));
    const startedAt = Date.now();
    const answers = await Promise.all(
      people(35).map((_, number) => ask(tenantId, number, `${OFFICE}${number}`)),
    );
    expect(answers).to.deep.equal(Array(35).fill("sent"));
    expect(Date.now() - startedAt).to.be.lessThan(60_000);
  });

  it("of a stranger's network end at its own limit (finding 9, T-05), and an own network has numbers of its own", async () => {
    const limits = {
      perNetwork: { codes: 3 },
      ownNetworks: [{ network: "203.0.112.0/23", codes: 6 }],
    };
    const tenantId = await host.newTenant({ limits }, people(12));
    const answers = async (from: number, address: string): Promise<unknown[]> => {
      const all: unknown[] = [];
      for (let number = from; number < from + 4; number++) all.push(await ask(tenantId, number, address));
      return all;
    };
    expect(await answers(0, "198.51.100.9")).to.deep.equal(["sent", "sent", "sent", "limit_network_codes"]);
    expect(await answers(4, "203.0.112.9")).to.deep.equal(["sent", "sent", "sent", "sent"]);
    expect(await answers(8, "203.0.113.9"), "of the same own network").to.deep.equal([
      "sent",
      "sent",
      "limit_network_codes",
      "limit_network_codes",
    ]);
  });

  it("to 6 users from 6 networks leave texts for those who have proved who they are before (finding 9, T-05, T-11): half of the budget is theirs", async () => {
    const limits = { codesPerDay: { minimum: 10, percentOfUsers: 0 } };
    const tenantId = await host.newTenant({ limits }, people(8));
    await host.proven(tenantId, "user7", testUser(7).mobile ?? "");
    await waitFor(
      "the person to be known",
      async () => (await host.limits.known(tenantId, userId(7), "")).person,
    );
    const answers: unknown[] = [];
    for (let number = 0; number < 6; number++) answers.push(await ask(tenantId, number));

    expect(answers.slice(0, 5)).to.deep.equal(Array(5).fill("sent"));
    expect(answers[5]).to.equal("limit_tenant_codes");
    expect(await ask(tenantId, 7), "a known person").to.equal("sent");
    const lifted = await host.limits.clear(tenantId, [{ name: "tenant_codes", key: "tenant_codes" }]);
    expect(lifted).to.equal(1);
    expect(await ask(tenantId, 6), "anybody, once an administrator has lifted it").to.equal("sent");
  });
});

describe("a registration campaign", () => {
  it("of 1,000 colleagues a day in one office works: signing in and using the code give back what they took (finding 9, T-05)", async () => {
    await using host = await startRegistrationHost();
    host.reset(); // the default limits, of which 150 in little more than an hour would be too many
    const users: DirectoryUser[] = [];
    while (users.length < 150) users.push(await host.person());

    for (const [number, { userName, mobile }] of users.entries()) {
      const client = createPortalClient({
        url: host.portal.url,
        address: `${OFFICE}${number % 200}`,
        script: true,
      });
      await host.signIn(client, userName, PASSWORD);
      await client.submit("/register/confirm", { what: "mobile", channel: "text" });
      const sent = await waitFor("the code", () => host.otps.find(({ to }) => to === mobile));
      await client.submit("/register/code", { otp: sent.otp.reveal() });
      expect(await client.text(), `colleague ${number}`).to.include("Mobile phone: confirmed");
      client.close();
      host.clock.later((8 * HOUR_MS) / 1_000);
    }

    const limits = createLimits({ store: host.cloud.store });
    const network = networkOf(`${OFFICE}1`, policySchema.parse(host.policy).limits);
    const [starts] = await limits.count(host.tenantId, [{ ...registrationStarts(network), amount: 0 }]);
    expect(starts?.count).to.equal(0);
  }).timeout(120_000); // 150 people, each with a whole visit
});
