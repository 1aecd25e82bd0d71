/** Tests of the reset portal, the same for every kind of directory. Results are checked there with a bind. */
import { expect } from "chai";
import {
  chooseMethod,
  choosePassword,
  enterCode,
  proveByCode,
  resetByText,
  startReset,
} from "../../lab/reset-steps.ts";
import type { PortalInstallation, PortalPerson } from "./portal-installation.ts";

const NEW = "A-quite-new-Passw0rd";

/** `refused`: new passwords that this directory refuses for `person`, with words that the screen says of each. */
export function tellPortalStories(
  setup: () => PortalInstallation,
  {
    refused,
  }: { readonly refused: (person: PortalPerson) => readonly (readonly [password: string, says: RegExp])[] },
): void {
  it("lets a person in again by a text: the number in any notation, the new password sealed on the way", async () => {
    const { people, outbox, visitor, person: newPerson, trail } = setup();
    const person = await newPerson();
    const portal = visitor();

    await startReset(portal, person.userName.toUpperCase());
    expect(await portal.screen()).to.equal("choose");
    expect(await portal.text()).to.contain(person.mobile.slice(-2));
    expect(await portal.text()).not.to.contain(person.mobile.slice(-4));
    const national = `0${person.mobile.slice(3, 6)}/${person.mobile.slice(6, 8)} ${person.mobile.slice(8)}`;
    await proveByCode(portal, outbox, "text", person.mobile, national);
    expect(await portal.screen()).to.equal("password");
    await choosePassword(portal, NEW);

    expect(await portal.screen(), await portal.text()).to.equal("done");
    expect(await people.opens(person, NEW)).to.equal(true);
    expect(await people.opens(person, person.password)).to.equal(false);
    expect(await people.mustChange(person)).to.equal(false);
    const mail = await outbox.next(person.alternateEmail, { kind: "password_reset" });
    expect(mail.text).not.to.contain("http").and.not.to.contain(NEW);
    const entries = await trail(person);
    expect(entries.map(({ action }) => action)).to.include.members([
      "attempt.proven",
      "otp.sent",
      "writeback.decided",
    ]);
    expect(entries.some(({ details }) => details["sealedBy"] === "browser")).to.equal(true);
  });

  it("unlocks an account and leaves the password alone", async () => {
    const { people, outbox, visitor, person: newPerson } = setup();
    const person = await newPerson();
    await people.lock(person);
    expect(await people.opens(person, person.password)).to.equal(false);
    const portal = visitor();

    await startReset(portal, person.userName, "locked");
    await proveByCode(portal, outbox, "text", person.mobile);
    expect(await portal.screen()).to.equal("unlock");
    await portal.submit("/reset/unlock");

    expect(await portal.screen(), await portal.text()).to.equal("done");
    expect(await people.opens(person, person.password)).to.equal(true);
    await outbox.next(person.alternateEmail, { kind: "account_unlocked" });
  });

  it("takes a code by mail as well, and a call that says it twice", async () => {
    const { people, outbox, visitor, persons } = setup();
    const [byMail, byCall] = (await persons(2)) as [PortalPerson, PortalPerson];

    const mailed = visitor();
    await startReset(mailed, byMail.userName);
    await proveByCode(mailed, outbox, "email", byMail.alternateEmail);
    await choosePassword(mailed, NEW);
    const called = visitor();
    await startReset(called, byCall.userName);
    await chooseMethod(called, "call", byCall.mobile);
    const call = await outbox.next(byCall.mobile, { kind: "otp" });
    await enterCode(called, call.otp ?? "");
    await choosePassword(called, NEW);

    expect(call.channel).to.equal("call");
    expect(call.text).to.match(readOutTwice(call.otp ?? ""));
    expect([await mailed.screen(), await called.screen()]).to.deep.equal(["done", "done"]);
    expect(await people.opens(byMail, NEW)).to.equal(true);
    expect(await people.opens(byCall, NEW)).to.equal(true);
  });

  it("takes a call to the office phone, where the code is read out digit by digit, twice (R02)", async () => {
    const { people, outbox, visitor, person: newPerson } = setup();
    const officePhone = `+322555${String(Date.now() % 10_000).padStart(4, "0")}`;
    const person = await newPerson({ officePhone });
    const portal = visitor();

    await startReset(portal, person.userName);
    // Shown by its last digits alone, and typed as people do.
    expect(await portal.text())
      .to.contain(officePhone.slice(-2))
      .and.not.contain(officePhone.slice(-4));
    await chooseMethod(portal, "office_call", `02 555 ${officePhone.slice(-4, -2)} ${officePhone.slice(-2)}`);
    const call = await outbox.next(officePhone, { kind: "otp" });
    await enterCode(portal, call.otp ?? "");
    expect(await portal.screen(), await portal.text()).to.equal("password");
    await choosePassword(portal, NEW);

    expect(call.channel).to.equal("call");
    expect(call.text).to.match(readOutTwice(call.otp ?? ""));
    expect(await portal.screen(), await portal.text()).to.equal("done");
    expect(await people.opens(person, NEW)).to.equal(true);
    expect((await outbox.messages(person.mobile)).filter(({ kind }) => kind === "otp")).to.deep.equal([]);
  });

  it("names the rule of each refused password, keeps the person there, and takes a good one", async () => {
    const { people, outbox, visitor, person: newPerson } = setup();
    const person = await newPerson();
    const portal = visitor();
    await startReset(portal, person.userName);
    await proveByCode(portal, outbox, "text", person.mobile);

    for (const [password, says] of refused(person)) {
      await choosePassword(portal, password);
      expect(await portal.screen()).to.equal("password");
      expect(await portal.text()).to.match(says);
    }
    expect(await people.opens(person, person.password)).to.equal(true);
    await choosePassword(portal, NEW);

    expect(await portal.screen()).to.equal("done");
    expect(await people.opens(person, NEW)).to.equal(true);
  });

  for (const [what, change, says] of [
    [
      "a disabled account",
      (people: PortalInstallation["people"], person: PortalPerson) => people.disable(person),
      /disabled/i,
    ],
    [
      "a protected account",
      (people: PortalInstallation["people"], person: PortalPerson) => people.protect(person),
      /privileged account/i,
    ],
  ] as const)
    it(`tells the owner of ${what} by mail at once, and on screen after the first proof`, async () => {
      const { people, outbox, visitor, person: newPerson } = setup();
      const person = await newPerson();
      await change(people, person);
      const portal = visitor();

      await startReset(portal, person.userName);
      expect(await portal.screen()).to.equal("choose");
      expect(await portal.text()).not.to.match(says);
      const mail = await outbox.next(person.alternateEmail, { kind: "reset_impossible" });
      await proveByCode(portal, outbox, "text", person.mobile);

      expect(mail.text).to.match(says);
      expect(await portal.screen()).to.equal("impossible");
      expect(await portal.text()).to.match(says);
      expect(await portal.has("/reset/password")).to.equal(false);
    });

  it("says it when the person was deleted between the proof and the password", async () => {
    const { people, outbox, visitor, person: newPerson, api } = setup();
    const [unsynced, synced] = [await newPerson(), await newPerson()];
    const [first, second] = [visitor(), visitor()];
    for (const [portal, person] of [
      [first, unsynced],
      [second, synced],
    ] as const) {
      await startReset(portal, person.userName);
      await proveByCode(portal, outbox, "text", person.mobile);
      expect(await portal.screen()).to.equal("password");
    }

    await people.remove(unsynced);
    await choosePassword(first, NEW);
    await people.remove(synced);
    await api.sync();
    await choosePassword(second, NEW).catch(() => second.open("/reset")); // the draft may be refused before anything is sealed

    expect(await first.screen()).to.be.oneOf(["impossible", "password"]);
    expect(await first.text()).to.match(/no longer|not found|gone|administrator/i);
    expect(await second.screen()).to.equal("impossible");
  });

  it("does the same for an unknown name, and never gets further", async () => {
    const { outbox, visitor, person: newPerson } = setup();
    const person = await newPerson();
    const known = visitor();
    const unknown = visitor();
    const name = person.userName.replace(/^./, "z");
    const number = `${person.mobile.slice(0, -2)}99`;

    for (const [portal, userName] of [
      [known, person.userName],
      [unknown, name],
    ] as const) {
      await startReset(portal, userName);
      await chooseMethod(portal, "text", number);
      await enterCode(portal, "12345678");
    }

    expect(await unknown.screen()).to.equal("code");
    // Neither got a code: one name is unknown, and the other user typed a wrong number.
    expect(await outbox.messages(number)).to.deep.equal([]);
    const [said, saidOfUnknown] = [await known.text(), await unknown.text()];
    expect(saidOfUnknown.replace(/ending in \d\d/, "")).to.equal(said.replace(/ending in \d\d/, ""));
  });

  it("goes through from beginning to end in one call", async () => {
    const { people, outbox, visitor, person: newPerson } = setup();
    const person = await newPerson();
    const portal = visitor({ language: "nl" });

    await resetByText(portal, outbox, {
      userName: person.userName,
      number: person.mobile,
      newPassword: NEW,
    });

    expect(await portal.screen()).to.equal("done");
    expect(portal.page.body).to.contain('lang="nl"');
    expect(await people.opens(person, NEW)).to.equal(true);
  });
}

/** Digit by digit. */
function readOutTwice(otp: string): RegExp {
  const digits = otp.replace(/\d(?=\d)/g, "$&[^0-9]+");
  return new RegExp(`${digits}[^0-9]+${digits}`);
}
