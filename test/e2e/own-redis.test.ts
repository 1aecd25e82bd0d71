import { expect } from "chai";
import { confirmSynced, signIn, verifyByCode } from "../../lab/registration-steps.ts";
import { resetByText } from "../../lab/reset-steps.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import { startComposeRedis } from "../support/compose-redis.ts";
import { startOpenLdapPeople } from "../support/openldap-people.ts";
import { type PortalInstallation, startPortalInstallation } from "../support/portal-installation.ts";

const NEW = "A-quite-new-Passw0rd";

describe("an installation whose Redis gives it the documented rights and no other", function () {
  this.timeout(120_000);
  const open = new CloseStack();
  let setup: PortalInstallation;

  before(async function () {
    this.timeout(240_000);
    const redis = await startComposeRedis();
    open.defer(() => redis.stop());
    const people = await startOpenLdapPeople();
    open.defer(() => people.stop());
    const cloudConfig = { redis: { ...redis.config, passwordFile: redis.passwordFile } };
    setup = await startPortalInstallation(people, { cloudConfig }, () => redis.client());
    open.defer(() => setup.close());
  });
  after(() => open.close());

  it("syncs, lets a person in again, and registers a method", async () => {
    const { people, outbox, visitor, installation } = setup;
    const person = await setup.person();
    const portal = visitor();
    await resetByText(portal, outbox, { userName: person.userName, number: person.mobile, newPassword: NEW });
    expect(await portal.screen(), await portal.text()).to.equal("done");
    expect(await people.opens(person, NEW)).to.equal(true);
    await outbox.next(person.alternateEmail, { kind: "password_reset" });

    const browser = visitor();
    await signIn(browser, person.userName, NEW);
    await verifyByCode(browser, outbox, "text", person.mobile);
    await confirmSynced(browser, outbox, "mobile", person.mobile);
    expect(await browser.text()).to.contain("Mobile phone: confirmed");

    expect(installation.cloud.log()).not.to.match(/NOPERM|no permissions|memory\.unreadable/);
  });
});
