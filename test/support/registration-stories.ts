/** Tests of the registration portal and of later resets, the same for every kind of directory. */
import { expect } from "chai";
import type { PortalClient } from "../../lab/portal-client.ts";
import {
  addOwn,
  answerQuestions,
  changePassword,
  confirmSynced,
  makeRecoveryCodes,
  setUpAuthenticator,
  signIn,
  signInAgain,
  signInAndChange,
  verifyByCode,
} from "../../lab/registration-steps.ts";
import { chooseMethod, choosePassword, enterCode, proveByCode, startReset } from "../../lab/reset-steps.ts";
import { answerInWords } from "./answer-in-words.ts";
import type { PortalInstallation } from "./portal-installation.ts";

const NEW = "A-quite-new-Passw0rd";

export function tellRegistrationStories(setup: () => PortalInstallation): void {
  it("shows what there is, takes more, each confirmed by a code; the app then opens the reset (G01-G05)", async () => {
    const { people, outbox, visitor, person: newPerson } = setup();
    const person = await newPerson();
    const portal = visitor();
    await signIn(portal, person.userName, person.password);
    expect(await portal.screen(), await portal.text()).to.equal("register");
    expect(await portal.text()).to.match(/managed by/i);
    expect(portal.page.body).not.to.contain(person.mobile);

    await confirmSynced(portal, outbox, "mobile", person.mobile);
    const own = `own-${person.name}@home.test`;
    await addOwn(portal, outbox, "email", own);
    const app = await setUpAuthenticator(portal);
    const codes = await makeRecoveryCodes(portal);
    await portal.submit("/register/confirmed");

    expect(await portal.screen()).to.equal("register");
    expect(codes).to.have.length(10);
    await outbox.next(person.alternateEmail, { kind: "method_added" });
    // R02: each of them opens a reset.
    const byApp = visitor();
    await startReset(byApp, person.userName);
    await chooseMethod(byApp, "authenticator");
    expect(await byApp.screen()).to.equal("enter");
    const appCode = app.nextCode();
    await enterCode(byApp, appCode);
    // An app that is the only method has to show two codes in a row.
    expect(await byApp.screen()).to.equal("enter");
    expect(await byApp.text()).to.include("a second code is needed");
    await byApp.submit("/reset/again");
    await chooseMethod(byApp, "recovery_code");
    await enterCode(byApp, codes[1] ?? "");
    await choosePassword(byApp, NEW);
    expect(await byApp.screen(), await byApp.text()).to.equal("done");
    expect(await people.opens(person, NEW)).to.equal(true);
    const replayed = visitor();
    await startReset(replayed, person.userName);
    await chooseMethod(replayed, "authenticator");
    await enterCode(replayed, appCode);
    expect(await replayed.screen()).to.equal("enter");
    for (const [expected, attempt] of [
      ["password", visitor()],
      ["enter", visitor()],
    ] as const) {
      await startReset(attempt, person.userName);
      await chooseMethod(attempt, "recovery_code");
      await enterCode(attempt, codes[0]?.toLowerCase() ?? "");
      expect(await attempt.screen(), "a recovery code is good once").to.equal(expected);
    }
    // The mail address of one's own counts; the one of the directory is behind it.
    const byMail = visitor();
    await startReset(byMail, person.userName);
    await proveByCode(byMail, outbox, "email", own);
    expect(await byMail.screen()).to.equal("password");
  });

  it("sends to the number of one's own rather than to the directory's (G02)", async () => {
    const { outbox, visitor, person: newPerson } = setup();
    const person = await newPerson();
    const own = `${person.mobile.slice(0, -4)}${String((Number(person.mobile.slice(-4)) + 5_000) % 10_000).padStart(4, "0")}`;
    const portal = visitor();
    await signIn(portal, person.userName, person.password);
    await verifyByCode(portal, outbox, "email", person.alternateEmail);
    await addOwn(portal, outbox, "mobile", own);
    expect(await portal.screen()).to.equal("register");

    const reset = visitor();
    await startReset(reset, person.userName);
    expect(await reset.text()).to.contain(own.slice(-2));
    await proveByCode(reset, outbox, "text", own);

    expect(await reset.screen()).to.equal("password");
    expect((await outbox.messages(person.mobile)).filter(({ kind }) => kind === "otp")).to.deep.equal([]);
  });

  it("changes the password with the old one, names what is refused, and tells by mail (R11)", async () => {
    const { people, outbox, visitor, person: newPerson } = setup();
    const person = await newPerson();
    const portal = visitor();

    await signInAndChange(portal, person.userName, "Not-the-0ld-one!", NEW);
    expect(await portal.screen()).to.equal("password");
    expect(await people.opens(person, person.password)).to.equal(true);
    await portal.submit("/change/at-once", {
      oldPassword: person.password,
      newPassword: "Ab-1",
      repeated: "Ab-1",
    });
    expect(await portal.text()).to.match(/at least 10/i);
    expect(await people.opens(person, "Ab-1")).to.equal(false);
    await changePassword(portal, person.password, NEW);

    expect(await portal.screen(), await portal.text()).to.equal("changed");
    expect(await people.opens(person, NEW)).to.equal(true);
    await outbox.next(person.alternateEmail, { kind: "password_changed" });
  });

  for (const script of [true, false])
    it(`takes the old password once from who comes to change it, ${script ? "sealed twice in the browser" : "without script"} (R11)`, async () => {
      const { people, outbox, visitor, person: newPerson, trail } = setup();
      const person = await newPerson();
      const portal = visitor({ script, answerQuestion: answerInWords });

      await signInAndChange(portal, person.userName, person.password, NEW);

      expect(await portal.screen(), await portal.text()).to.equal("changed");
      expect(await people.opens(person, NEW)).to.equal(true);
      await outbox.next(person.alternateEmail, { kind: "password_changed" });
      const sealedBy = (await trail(person)).flatMap(({ details }) => details["sealedBy"] ?? []);
      expect(sealedBy).to.include(script ? "browser" : "cloud");
    });

  it("a locked account is told by mail alone, and an administrator is asked before signing in (R09, W10)", async () => {
    const { people, outbox, visitor, person: newPerson } = setup();
    const person = await newPerson();
    await people.lock(person);
    const portal = visitor();

    await signIn(portal, person.userName, person.password);
    expect(await portal.screen()).to.equal("password");
    expect(await portal.text()).not.to.match(/is locked/i);
    const mail = await outbox.next(person.alternateEmail, { kind: "sign_in_impossible" });
    const after = await outbox.newest();
    await portal.open("/register/contact");
    await portal.submit("/register/ask", { message: `Please help ${person.name}` });

    expect(mail.text)
      .to.match(/locked/i)
      .and.contain(person.userName);
    expect(await portal.text()).to.match(/has been submitted/i);
    const asked = await outbox.next("helpdesk@contoso.test", { kind: "admin_contact_request", after });
    expect(asked.text)
      .to.match(/has NOT verified/)
      .and.contain(`Please help ${person.name}`);
  });

  it("guessing here locks no account, and says the same for an unknown name (T-11)", async () => {
    const { people, visitor, person: newPerson } = setup();
    const person = await newPerson();
    const known = visitor();
    const unknown = visitor();
    const name = person.userName.replace(/^./, "z");
    const guess = async (portal: PortalClient, userName: string): Promise<string> => {
      await signIn(portal, userName, "Wr0ng-Passw0rd-0");
      // One more than locks an account here.
      for (let count = 1; count < 6; count++) await signInAgain(portal, `Wr0ng-Passw0rd-${count}`);
      expect(await portal.screen()).to.equal("password");
      return (await portal.text()).replaceAll(userName, "NAME");
    };

    const [said, saidOfUnknown] = await Promise.all([guess(known, person.userName), guess(unknown, name)]);

    expect(saidOfUnknown).to.equal(said);
    expect(await people.opens(person, person.password)).to.equal(true);
  });

  it("takes questions, which a reset never takes alone", async () => {
    const { outbox, visitor, person: newPerson } = setup();
    const person = await newPerson();
    const portal = visitor();
    await signIn(portal, person.userName, person.password);
    await verifyByCode(portal, outbox, "email", person.alternateEmail);

    await answerQuestions(portal, ["Brussel", "Fietsen", "Mevrouw Peeters", "Zuid", "Oostende"]);

    expect(await portal.screen(), await portal.text()).to.equal("register");
    const reset = visitor();
    await startReset(reset, person.userName);
    expect(reset.page.body).not.to.contain('value="questions"');
  });
}
