/** What people do at the portals: reset, unlock, register, change. The truth is looked up in the directory, by a bind. */
import { randomInt } from "node:crypto";
import type { Installation } from "../lab/installation.ts";
import { createOutbox } from "../lab/outbox.ts";
import {
  changePassword,
  confirmSynced,
  makeRecoveryCodes,
  setUpAuthenticator,
  signIn,
} from "../lab/registration-steps.ts";
import { chooseMethod, choosePassword, enterCode, proveByCode, startReset } from "../lab/reset-steps.ts";
import type { DemoBrowser } from "./browser.ts";
import type { DemoDirectory } from "./directory.ts";
import type { Narrator } from "./narrator.ts";

export async function tellPortalStory(options: {
  readonly directory: DemoDirectory;
  readonly installation: Installation;
  readonly narrator: Narrator;
  readonly browser: DemoBrowser;
  readonly must: (fact: boolean, what: string) => void;
}): Promise<void> {
  const { directory, installation, narrator, browser, must } = options;
  const { person } = directory;
  const outbox = createOutbox(installation.url);
  const digits = (): string => String(randomInt(1_000, 9_999));

  try {
    const password = `Ontgrendeld-€-${digits()}`;
    await narrator.step(
      `${person.userName} has forgotten the password and opens the portal (${browser.name})`,
      async () => {
        const portal = await browser.newWindow();
        await startReset(portal, person.userName);
        narrator.saw("says who it is, and that the password is forgotten");
        await proveByCode(portal, outbox, "text", person.mobile);
        narrator.saw(`types the mobile number in full and the code that came to it`);
        await choosePassword(portal, "short");
        narrator.saw("chooses one that is too short: the rule is named, nothing is lost");
        must((await portal.screen()) === "password", "the person stays on the page to choose another");
        await choosePassword(portal, password);
        must((await portal.screen()) === "done", "the reset is done");
        must(await directory.opens(person, password), "the new password opens the account");
        must(!(await directory.opens(person, person.password)), "the old one does no more");
        narrator.saw("chooses a good one, sealed in the browser; the directory opens with it");
        const mail = await outbox.next(person.alternateEmail, { kind: "password_reset" });
        narrator.saw(`mail to ${mail.to}: ${mail.subject ?? ""}`);
      },
    );
    person.password = password;

    await narrator.step(
      `${person.userName} is locked out after wrong tries, and knows the password`,
      async () => {
        await directory.lock(person);
        must(!(await directory.opens(person, person.password)), "the account is locked");
        const portal = await browser.newWindow();
        await startReset(portal, person.userName, "locked");
        await proveByCode(portal, outbox, "email", person.alternateEmail);
        await portal.submit("/reset/unlock");
        must((await portal.screen()) === "done", "the account is unlocked");
        must(await directory.opens(person, person.password), "the same password opens the account again");
        narrator.saw("proves it by a code to the private mail address; the same password works again");
      },
    );

    const changed = `Een-derde-€-${digits()}`;
    await narrator.step(
      `${person.userName} signs in to the registration portal, for the next time`,
      async () => {
        const portal = await browser.newWindow();
        await signIn(portal, person.userName, person.password);
        must((await portal.screen()) === "register", "the password opens the registration portal");
        await confirmSynced(portal, outbox, "mobile", person.mobile);
        narrator.saw("confirms the mobile number of the directory by a code");
        const app = await setUpAuthenticator(portal);
        narrator.saw("sets up an authenticator app by its QR code");
        const codes = await makeRecoveryCodes(portal);
        narrator.saw(`keeps ${codes.length} recovery codes; the first is ${codes[0] ?? "missing"}`);
        await changePassword(portal, person.password, changed);
        must(await directory.opens(person, changed), "the changed password opens the account");
        narrator.saw("changes the password, sealed in the browser; the directory opens with it");

        const later = await browser.newWindow();
        await startReset(later, person.userName);
        await chooseMethod(later, "authenticator");
        await enterCode(later, app.code());
        must((await later.screen()) === "password", "the app's code opens the reset portal");
        narrator.saw("the code of the app opens the reset portal, without any message");
      },
    );
    person.password = changed;
  } finally {
    outbox.close();
  }
}
