import { expect } from "chai";
import { choosePassword, proveByCode, startReset } from "../../lab/reset-steps.ts";
import { runProblemsSchema } from "../../shared/api/sync-runs.ts";
import { reopenFirstRun } from "../support/first-run.ts";
import { type PortalInstallation, startPortalInstallation } from "../support/portal-installation.ts";
import { sharedSambaAd } from "../support/samba-ad.ts";
import { openSambaAdPeople } from "../support/samba-ad-people.ts";

/** The domain is lab.test, LAB for short. User names end in corp.local, mail addresses in contoso.com. */
describe("the names of a user in Active Directory", function () {
  this.timeout(120_000);
  let setup: PortalInstallation;
  let added = 0;

  before(async function () {
    this.timeout(360_000); // the first use of Samba provisions the domain
    setup = await startPortalInstallation(await openSambaAdPeople());
  });
  after(() => setup.close());

  /** A user with these values, synced. */
  async function user(values: (name: string) => Readonly<Record<string, string | readonly string[] | null>>) {
    const server = await sharedSambaAd();
    const mobile = `+32472${String(++added + 200_000)}`;
    const person = await setup.people.add(mobile);
    await server.set(person.dn, values(person.name));
    await reopenFirstRun(setup.installation);
    await setup.api.sync();
    return { ...person, mobile };
  }
  const john = () =>
    user((name) => ({ userPrincipalName: `${name}@corp.local`, mail: `John.${name}@contoso.com` }));

  it("are the mail address, the account name with the domain, and DOMAIN\\name beside the user name", async () => {
    const person = await john();
    const { name } = person;
    for (const typed of [
      `${name}@corp.local`,
      name,
      `john.${name}@contoso.com`,
      `${name}@lab.test`,
      `LAB\\${name}`,
      `lab.test\\${name.toUpperCase()}`,
      `\u202aJohn.${name}\u200b＠contoso.com`,
    ])
      expect(await setup.api.user(typed), typed).to.include({ id: person.id });
    expect(await setup.api.user(`${name}@elsewhere.example`)).to.equal(null);
  });

  it("are the account name with the domain where an account has no user principal name", async () => {
    const { directory } = setup.people;
    const person = await (await sharedSambaAd()).addUser(directory.peopleDn, { userPrincipalName: "" });
    await setup.api.sync();
    for (const typed of [person.name, `${person.name}@lab.test`, `LAB\\${person.name}`])
      expect(await setup.api.user(typed), typed).to.include({ id: person.id });
  });

  it("find nobody where two users have them, such as one mail address of two accounts", async () => {
    const one = await user((name) => ({ mail: `shared.${name}@contoso.com` }));
    await user(() => ({ mail: `shared.${one.name}@contoso.com` }));

    const refused = setup.api.user(`shared.${one.name}@contoso.com`).catch(String);
    expect(await refused).to.contain("USER_AMBIGUOUS");
  });

  for (const [form, typedOf] of [
    ["mail address", (name: string) => `john.${name}@contoso.com`],
    ["account name and domain", (name: string) => `${name}@lab.test`],
    ["DOMAIN\\name", (name: string) => `LAB\\${name}`],
  ] as const)
    it(`let a user reset the password by ${form}, and the notice goes to the mail address alone`, async () => {
      const person = await john();
      const { outbox, visitor, people } = setup;
      const before = await outbox.newest();
      const portal = visitor();
      await startReset(portal, typedOf(person.name));
      await proveByCode(portal, outbox, "text", person.mobile, `tel:\u202a${person.mobile}\u202c`);
      expect(await portal.screen(), await portal.text()).to.equal("password");
      await choosePassword(portal, "A-quite-new-Passw0rd");

      expect(await portal.screen(), await portal.text()).to.equal("done");
      expect(await people.opens(person, "A-quite-new-Passw0rd")).to.equal(true);
      await outbox.next(`John.${person.name}@contoso.com`, { kind: "password_reset" });
      const told = (await outbox.messages(undefined, before)).filter(({ channel }) => channel === "email");
      expect(told.map(({ to }) => to)).to.deep.equal([`John.${person.name}@contoso.com`]);
    });

  it("report a mail address that cannot be used, as numbers are", async () => {
    const unusable = await user(() => ({ mail: "n/a" }));
    const another = await user(() => ({ mail: "n/a" }));
    const international = await user((name) => ({ mail: `${name}@münchen.example` }));

    const { items } = await setup.api.users("?problem=invalid_value&limit=500");
    const values = new Map(items.map(({ id, valueProblems }) => [id, valueProblems]));
    for (const { id } of [unusable, another])
      expect(values.get(id)).to.deep.equal([{ attribute: "mail", problem: "invalid_value" }]);
    expect(values.has(international.id)).to.equal(false);
    const dryRun = await setup.api.sync({ policy: "initial", dryRun: true });
    const problems = await setup.api.call(runProblemsSchema, "GET", `/sync-runs/${dryRun.id}/problems`);
    const mails = problems.items.filter(({ attribute }) => attribute === "mail");
    expect(mails.map(({ id, reason }) => [id, reason])).to.have.deep.members([
      [unusable.id, "invalid_value"],
      [another.id, "invalid_value"],
    ]);
    expect(await setup.api.user(international.name)).to.include({
      mail: `${international.name}@xn--mnchen-3ya.example`,
    });
    expect(await setup.api.user(unusable.name)).to.include({ mail: null });
    expect(await setup.api.user("n/a"), "the value of many is nobody's name").to.equal(null);
  });
});
