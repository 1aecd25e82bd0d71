import { expect } from "chai";
import { chooseMethod, choosePassword, enterCode, proveByCode, startReset } from "../../lab/reset-steps.ts";
import { auditPageSchema } from "../../shared/api/audit.ts";
import { joinGroup } from "../support/group-members.ts";
import { type OpenLdapPeople, startOpenLdapPeople } from "../support/openldap-people.ts";
import {
  OPEN_POLICY,
  type PortalInstallation,
  type PortalPerson,
  startPortalInstallation,
} from "../support/portal-installation.ts";
import { waitFor } from "../support/wait-for.ts";

const NEW = "A-quite-new-Passw0rd";

describe("the policy at the reset portal", function () {
  this.timeout(120_000);
  let people: OpenLdapPeople;
  let setup: PortalInstallation;
  let staff: string;
  let careful: string;
  let powerful: string;
  const stops: (() => Promise<void>)[] = [];

  before(async function () {
    this.timeout(240_000);
    people = await startOpenLdapPeople();
    stops.unshift(() => people.stop());
    const { server } = people;
    [staff, careful, powerful] = ["Staff", "Careful", "Powerful"].map((name) =>
      server.dn(`cn=${name},ou=groups`),
    ) as [string, string, string];
    for (const group of [staff, careful, powerful]) await server.addGroup(group, [server.administrator.dn]);
    setup = await startPortalInstallation(people, {
      policy: {
        ...OPEN_POLICY,
        scope: "groups",
        // The first match wins: a careful member of the staff needs two.
        groups: [
          { name: "careful", group: careful, rules: { methodsRequired: 2 } },
          { name: "staff", group: staff },
        ],
        privileged: { groups: [powerful] },
      },
    });
    stops.unshift(() => setup.close());
  });
  after(async () => {
    for (const stop of stops) await stop();
  });

  const member = async (...groups: readonly string[]): Promise<PortalPerson> => {
    const person = await setup.person();
    for (const group of groups) await joinGroup(people.server, group, person.dn);
    return person;
  };

  it("asks most users for one proof and one group for two different ones: the first match wins", async () => {
    const { outbox } = setup;
    const [one, two] = [await member(staff), await member(staff, careful)];

    const first = setup.visitor();
    await startReset(first, one.userName);
    await proveByCode(first, outbox, "text", one.mobile);
    expect(await first.screen()).to.equal("password");
    expect(await outbox.otp(one.mobile)).to.have.length(8);

    const second = setup.visitor();
    await startReset(second, two.userName);
    await proveByCode(second, outbox, "text", two.mobile);
    expect(await second.screen()).to.equal("choose");
    expect(await second.has("/reset/password")).to.equal(false);
    // A call to the same number is not a second proof.
    expect(second.page.body).not.to.match(/value="(?:text|call)"/);
    await proveByCode(second, outbox, "email", two.alternateEmail);
    // With two proofs, six digits are enough.
    expect(await outbox.otp(two.alternateEmail)).to.have.length(6);
    expect(await second.screen()).to.equal("password");
    await choosePassword(second, NEW);
    expect(await second.screen(), await second.text()).to.equal("done");
    expect(await people.opens(two, NEW)).to.equal(true);
  });

  it("asks privileged accounts for two proofs, and tells the administrators", async () => {
    const { outbox } = setup;
    const admin = await member(staff, powerful);
    const portal = setup.visitor();

    await startReset(portal, admin.userName);
    await proveByCode(portal, outbox, "email", admin.alternateEmail);
    expect(await portal.screen()).to.equal("choose");
    await proveByCode(portal, outbox, "text", admin.mobile);
    await choosePassword(portal, NEW);

    expect(await portal.screen(), await portal.text()).to.equal("done");
    expect(await people.opens(admin, NEW)).to.equal(true);
    const notice = await outbox.next("admins@contoso.test", { kind: "admin_privileged_reset" });
    expect(notice.text).to.contain(admin.userName);
  });

  it("tells users in no group at once by email, and on screen after the first proof", async () => {
    const { outbox } = setup;
    const outsider = await member();
    const portal = setup.visitor();

    await startReset(portal, outsider.userName);
    expect(await portal.screen()).to.equal("choose");
    await outbox.next(outsider.alternateEmail, { kind: "reset_impossible" });
    await proveByCode(portal, outbox, "text", outsider.mobile);

    expect(await portal.screen()).to.equal("impossible");
    expect(await portal.has("/reset/password")).to.equal(false);
    // A user without self-service can ask an administrator.
    await portal.open("/reset/contact");
    await portal.submit("/reset/ask", { message: "Please let me in, it is <b>me</b>" });
    const request = await outbox.next("helpdesk@contoso.test", { kind: "admin_contact_request" });
    expect(request.text).to.contain("Please let me in").and.to.contain(outsider.userName);
  });

  it("closes self-service for users whose rules depend on a group that was renamed, until it is back", async () => {
    const { outbox, api } = setup;
    const person = await member(staff, careful);
    const elsewhere = people.server.dn("cn=Careful no more,ou=groups");
    await people.server.move(careful, elsewhere);
    try {
      const portal = setup.visitor();
      await startReset(portal, person.userName);
      const told = await outbox.next(person.alternateEmail, { kind: "reset_impossible" });
      await proveByCode(portal, outbox, "text", person.mobile);

      expect(told.text).to.contain("cannot be found");
      expect(await portal.screen()).to.equal("impossible");
      expect(await portal.has("/reset/password")).to.equal(false);
      const { items } = await api.call(auditPageSchema, "GET", "/audit?limit=100");
      const entry = items.find(
        ({ action, subject }) => action === "attempt.impossible" && subject === `user:${person.id}`,
      );
      expect(entry?.details).to.include({ reason: "policy_group_missing", missingGroups: careful });
    } finally {
      await people.server.move(elsewhere, careful);
    }

    const again = setup.visitor();
    await startReset(again, person.userName);
    await proveByCode(again, outbox, "email", person.alternateEmail);
    expect(await again.screen()).to.equal("choose");
  });

  it("holds a number that has just changed, and says so by email (T-07)", async () => {
    const { outbox, api } = setup;
    const person = await member(staff);
    const stolen = `${person.mobile.slice(0, -3)}999`;
    await people.setMobile(person, stolen);
    await api.sync();
    const portal = setup.visitor();

    await startReset(portal, person.userName);
    await chooseMethod(portal, "text", stolen);
    expect(await portal.screen()).to.equal("code");
    await enterCode(portal, "12345678");

    expect(await portal.screen()).to.equal("code");
    const told = await outbox.next(person.alternateEmail, { kind: "number_changed" });
    expect(told.text).not.to.contain(stolen);
    expect((await outbox.messages(stolen)).filter(({ kind }) => kind === "otp")).to.deep.equal([]);
    // The old number is told too: its owner may not know of the change.
    await outbox.next(person.mobile, { kind: "number_changed" });
  });

  it("tells every visitor at the start when self-service is off (P01)", async () => {
    const person = await member(staff);
    await setup.installation.applyPolicy({ ...OPEN_POLICY, scope: "none" });
    try {
      await waitFor("the policy, which nodes keep for a second", async () => {
        const early = setup.visitor();
        await early.open("/reset");
        await early.submit("/reset/start", { userName: person.userName });
        return (await early.screen()) !== "reason";
      });
      for (const userName of [person.userName, "unknown-name"]) {
        const portal = setup.visitor();
        await portal.open("/reset");
        await portal.submit("/reset/start", { userName });
        expect(await portal.screen()).not.to.be.oneOf(["reason", "choose"]);
        expect(await portal.text()).to.match(/organi[sz]ation|administrator/i);
      }
    } finally {
      await setup.installation.applyPolicy(OPEN_POLICY);
    }
  });
});
