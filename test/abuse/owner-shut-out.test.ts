import { expect } from "chai";
import { destinationCounters } from "../../cloud/limits/requests.ts";
import { createLimits } from "../../cloud/store/limits.ts";
import type { SessionKey } from "../../cloud/visits/visit.ts";
import { createPortalClient } from "../../lab/portal-client.ts";
import { testUser, userId, usersUpTo } from "../support/directory-users.ts";
import { PASSWORD, startRegistrationHost } from "../support/registration-host.ts";
import { type ResetHost, startResetHost } from "../support/reset-host.ts";
import { waitFor } from "../support/wait-for.ts";

const HOME = "198.51.100.3";
const STRANGER = "192.0.2.7";
const ONE = userId(1);

describe("a stranger who acts in the name of a user", () => {
  let host: ResetHost;
  before(async () => (host = await startResetHost()));
  after(() => host.close());

  /** User 1 has proved who they are at HOME. */
  const tenant = async (): Promise<string> => {
    const tenantId = await host.newTenant({}, usersUpTo(3));
    const { key, otp } = await host.ask(tenantId, 1, HOME);
    await host.expectStep(await host.enter(key, otp), "password");
    const home = "198.51.100.0/24";
    await waitFor("the place to be known", async () => (await host.limits.known(tenantId, ONE, home)).place);
    return tenantId;
  };
  const atRecovery = async (tenantId: string, userName: string, address: string): Promise<SessionKey> => {
    const key = await host.begin(tenantId, userName, address);
    await host.service.chooseReason(key, 1, "forgot");
    await host.service.chooseMethod(key, 2, "recovery_code", null);
    await host.screen(key);
    return key;
  };
  const guess = async (key: SessionKey, times: number): Promise<void> => {
    for (let each = 0; each < times; each++) await host.enter(key, "AAAAA-BBBBB-CCCCC");
  };

  it("and guesses ten codes does not shut the user out at home (finding 3, T-02, T-11): strangers' guesses are counted apart, and are ten a day for all of them together", async () => {
    const tenantId = await tenant();
    await guess(await atRecovery(tenantId, "user1", STRANGER), 10);

    await host.expectStep(await atRecovery(tenantId, "user1", "203.0.113.9"), "blocked");
    const { key, otp } = await host.ask(tenantId, 1, HOME);
    await host.expectStep(await host.enter(key, otp), "password");

    await guess(await atRecovery(tenantId, "user1", HOME), 10);
    await host.expectStep(await atRecovery(tenantId, "user1", HOME), "blocked");
  });

  it("cannot tell from the office which names are free there (finding 3, T-01): made-up people seem to have been at half of the known networks", async () => {
    const tenantId = await tenant();
    const steps = new Set<string>();
    for (let number = 0; number < 12; number++) {
      await guess(await atRecovery(tenantId, `nobody${number}`, `192.0.${number}.7`), 10);
      steps.add((await host.screen(await atRecovery(tenantId, `nobody${number}`, HOME))).step);
    }
    expect([...steps].sort()).to.deep.equal(["blocked", "enter"]);
  });

  it("and uses up the texts to the user's phone leaves two an hour for the user at home (finding 9, T-05), and a helpdesk lifts the rest", async () => {
    const tenantId = await tenant();
    const answers = async (count: number, address: string): Promise<unknown[]> => {
      const all: unknown[] = [];
      while (all.length < count) all.push((await host.ask(tenantId, 1, address)).answer);
      return all;
    };
    expect(await answers(3, STRANGER)).to.deep.equal(["sent", "sent", "limit_number_codes_of_hour"]);
    expect(await answers(3, HOME)).to.deep.equal(["sent", "sent", "limit_number_codes_of_hour"]);
    const to = testUser(1).mobile ?? "";
    await host.limits.clear(tenantId, destinationCounters({ tenantId, to }, host.portalKeys));
    expect(await answers(1, STRANGER)).to.deep.equal(["sent"]);
    expect(await answers(1, HOME)).to.deep.equal(["sent"]);
  });

  it("with the user's password makes no network a place of the user (finding 3, T-02): a sign-in is no proof of a place", async () => {
    await using registration = await startRegistrationHost();
    registration.reset();
    const user = await registration.person();
    const limits = createLimits({ store: registration.cloud.store });
    const isPlace = async () => {
      const known = await limits.known(registration.tenantId, user.id, "198.51.100.0/24");
      return known.place;
    };
    const client = createPortalClient({ url: registration.portal.url, address: HOME, script: true });
    await registration.signIn(client, user.userName, PASSWORD);
    expect(await isPlace()).to.equal(false);
    await client.submit("/register/confirm", { what: "mobile", channel: "text" });
    await client.submit("/register/code", { otp: await registration.otp() });
    expect(await client.text()).to.include("Mobile phone: confirmed");
    expect(await isPlace(), "with the code").to.equal(true);
    client.close();
  });
});
