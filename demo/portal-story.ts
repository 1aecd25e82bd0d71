/** Shows the portals: reset, unlock, register, change. Each result is checked in the directory with a bind. */
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
        narrator.saw("enters the user name and says that the password is forgotten");
        await proveByCode(portal, outbox, "text", person.mobile);
        narrator.saw("enters the full mobile number, then the code sent to it");
        await choosePassword(portal, "short");
        narrator.saw("tries a password that is too short: the page names the rule and asks again");
        must((await portal.screen()) === "password", "the user stays on the page to choose another password");
        await choosePassword(portal, password);
        must((await portal.screen()) === "done", "the reset is done");
        must(await directory.opens(person, password), "the new password opens the account");
        must(!(await directory.opens(person, person.password)), "the old password no longer works");
        narrator.saw("chooses a valid password, sealed in the browser; it works in the directory");
        const mail = await outbox.next(person.alternateEmail, { kind: "password_reset" });
        narrator.saw(`email to ${mail.to}: ${mail.subject ?? ""}`);
      },
    );
    person.password = password;

    await narrator.step(
      `${person.userName} is locked out after wrong attempts but knows the password`,
      async () => {
        await directory.lock(person);
        must(!(await directory.opens(person, person.password)), "the account is locked");
        const portal = await browser.newWindow();
        await startReset(portal, person.userName, "locked");
        await proveByCode(portal, outbox, "email", person.alternateEmail);
        await portal.submit("/reset/unlock");
        must((await portal.screen()) === "done", "the account is unlocked");
        must(await directory.opens(person, person.password), "the same password opens the account again");
        narrator.saw("confirms a code sent to the private email address; the same password works again");
      },
    );

    const changed = `Een-derde-€-${digits()}`;
    await narrator.step(
      `${person.userName} signs in to the registration portal to prepare for the next time`,
      async () => {
        const portal = await browser.newWindow();
        await signIn(portal, person.userName, person.password);
        must((await portal.screen()) === "register", "the password opens the registration portal");
        await confirmSynced(portal, outbox, "mobile", person.mobile);
        narrator.saw("confirms the directory's mobile number with a code");
        await setUpAuthenticator(portal);
        narrator.saw("sets up an authenticator app with a QR code");
        const codes = await makeRecoveryCodes(portal);
        narrator.saw(`saves ${codes.length} recovery codes; the first is ${codes[0] ?? "missing"}`);
        await changePassword(portal, person.password, changed);
        must(await directory.opens(person, changed), "the changed password opens the account");
        narrator.saw("changes the password, sealed in the browser; it works in the directory");

        const later = await browser.newWindow();
        await startReset(later, person.userName);
        await chooseMethod(later, "recovery_code");
        await enterCode(later, codes[1] ?? "");
        must((await later.screen()) === "password", "a recovery code opens the reset portal");
        narrator.saw("starts a reset with a recovery code, without any message");
      },
    );
    person.password = changed;
  } finally {
    outbox.close();
  }
}
