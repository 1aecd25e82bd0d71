import { expect } from "chai";
import type { Page } from "playwright-core";
import { createBrowserPortal } from "../../lab/browser-portal.ts";
import {
  changePassword,
  confirmSynced,
  makeRecoveryCodes,
  setUpAuthenticator,
  signIn,
  signInAndChange,
  untilChecked,
} from "../../lab/registration-steps.ts";
import { chooseMethod, choosePassword, enterCode, proveByCode, startReset } from "../../lab/reset-steps.ts";
import { answerInWords } from "../support/answer-in-words.ts";
import { type BrowserTab, openTab } from "../support/browser.ts";
import { openSharedPortal, type SharedPortal } from "../support/shared-portal.ts";
import { waitFor } from "../support/wait-for.ts";

const NEW = "A-quite-new-Passw0rd";

describe("the reset portal in a real browser", function () {
  this.timeout(160_000);
  let setup: SharedPortal;
  let addresses = 0;

  before(async function () {
    this.timeout(240_000);
    setup = await openSharedPortal();
  });

  /** At an address of its own: limits count those. */
  const tab = (width: number, more: Parameters<typeof openTab>[0] = {}): Promise<BrowserTab> =>
    openTab({
      viewport: { width, height: 844 },
      extraHTTPHeaders: { "x-forwarded-for": `172.16.${++addresses}.9` },
      ...more,
    });

  for (const width of [390, 1280])
    it(`lets a person in again at ${width} pixels: nothing readable leaves the browser, the new password binds`, async () => {
      const { people, outbox, installation } = setup;
      const person = await setup.person();
      await using open = await tab(width);
      const { page, errors } = open;
      const portal = createBrowserPortal(page, installation.url);
      const sent: string[] = [];
      page.on("request", (request) => sent.push(request.postData() ?? ""));

      await startReset(portal, person.userName);
      expect(await hasSidewaysScroll(page)).to.equal(false);
      await proveByCode(portal, outbox, "text", person.mobile);
      expect(await hasSidewaysScroll(page)).to.equal(false);
      await choosePassword(portal, "Ab-1");
      expect(await portal.text()).to.match(/at least 10/i);
      await choosePassword(portal, NEW);

      expect(await portal.screen(), await portal.text()).to.equal("done");
      expect(await people.opens(person, NEW)).to.equal(true);
      expect(
        sent.filter((body) => body.includes(NEW) || body.includes(encodeURIComponent(NEW))),
      ).to.deep.equal([]);
      expect(sent.some((body) => body.includes("sealed="))).to.equal(true);
      expect(errors).to.deep.equal([]);
    });

  it("unlocks", async () => {
    const { people, outbox, installation } = setup;
    const person = await setup.person();
    await people.lock(person);
    await using open = await tab(390);
    const portal = createBrowserPortal(open.page, installation.url);

    await startReset(portal, person.userName, "locked");
    await proveByCode(portal, outbox, "email", person.alternateEmail);
    await portal.submit("/reset/unlock");

    expect(await portal.screen()).to.equal("done");
    expect(await people.opens(person, person.password)).to.equal(true);
  });

  it("registers: a number, an app, codes to keep; and changes the password with the old one", async () => {
    const { people, outbox, installation } = setup;
    const person = await setup.person();
    await using open = await tab(1280);
    const { page, errors } = open;
    const portal = createBrowserPortal(page, installation.url);
    const sent: string[] = [];
    page.on("request", (request) => sent.push(request.postData() ?? ""));

    await signIn(portal, person.userName, person.password);
    expect(await portal.screen(), await portal.text()).to.equal("register");
    await confirmSynced(portal, outbox, "mobile", person.mobile);
    const app = await setUpAuthenticator(portal);
    const codes = await makeRecoveryCodes(portal);
    await changePassword(portal, person.password, NEW);

    expect(await portal.screen(), await portal.text()).to.equal("changed");
    expect(codes).to.have.length(10);
    expect(await people.opens(person, NEW)).to.equal(true);
    for (const secret of [person.password, NEW])
      expect(sent.filter((body) => body.includes(encodeURIComponent(secret)))).to.deep.equal([]);
    await startReset(portal, person.userName);
    await chooseMethod(portal, "authenticator");
    await enterCode(portal, app.nextCode());
    expect(await portal.text()).to.include("a second code is needed");
    await portal.submit("/reset/again");
    await chooseMethod(portal, "recovery_code");
    await enterCode(portal, codes[0] ?? "");
    expect(await portal.screen()).to.equal("password");
    expect(errors).to.deep.equal([]);
  });

  it("changes the password: the old one is typed once, sealed twice and never sent (R11)", async () => {
    const { people, installation } = setup;
    const person = await setup.person();
    await using open = await tab(390);
    const { page, errors } = open;
    const portal = createBrowserPortal(page, installation.url);
    const sent: string[] = [];
    page.on("request", (request) => sent.push(request.postData() ?? ""));

    await signInAndChange(portal, person.userName, "Not-the-0ld-one!", NEW);
    expect(await portal.screen(), await portal.text()).to.equal("password");
    expect(await page.inputValue("#oldPassword")).to.equal("");
    await portal.submit("/change/at-once", {
      oldPassword: person.password,
      newPassword: NEW,
      repeated: NEW,
    });
    await untilChecked(portal);

    expect(await portal.screen(), await portal.text()).to.equal("changed");
    expect(await people.opens(person, NEW)).to.equal(true);
    for (const secret of ["Not-the-0ld-one!", person.password, NEW])
      expect(
        sent.filter((body) => body.includes(secret) || body.includes(encodeURIComponent(secret))),
      ).to.deep.equal([]);
    expect(errors).to.deep.equal([]);
  });

  it("can be walked by the keyboard alone (R10)", async () => {
    const { people, outbox, installation } = setup;
    const person = await setup.person();
    await using open = await tab(1280);
    const { page } = open;
    const portal = createBrowserPortal(page, installation.url);
    /** Tab until the focus is on what `selector` names; it must be visible there. */
    const focus = async (selector: string): Promise<void> => {
      for (let presses = 0; presses < 40; presses++) {
        if (await page.evaluate(`document.activeElement?.matches(${JSON.stringify(selector)}) ?? false`))
          return;
        await page.keyboard.press("Tab");
      }
      throw new Error(`the keyboard does not reach ${selector}`);
    };
    const enter = async (): Promise<void> => {
      await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
    };

    await portal.open("/reset");
    await focus("[name=userName]");
    await page.keyboard.type(person.userName);
    await enter();
    await focus("[name=reason]");
    await enter();
    await focus("[name=method]");
    await focus('[name="number.text"]');
    await page.keyboard.type(person.mobile);
    await enter();
    await focus("[name=otp]");
    await page.keyboard.type(await outbox.otp(person.mobile));
    await enter();
    await focus("[name=newPassword]");
    await page.keyboard.type(NEW);
    await focus("[name=repeated]");
    await page.keyboard.type(NEW);
    await enter();

    expect(await portal.screen(), await portal.text()).to.equal("done");
    expect(await people.opens(person, NEW)).to.equal(true);
  });

  it("works with script turned off", async () => {
    const { people, outbox, installation } = setup;
    const person = await setup.person();
    await using open = await tab(390, { javaScriptEnabled: false });
    const { page } = open;
    const portal = createBrowserPortal(page, installation.url);
    await portal.open("/reset");
    const question = await page.locator("[data-captcha-fallback] label").innerText();
    await portal.submit("/reset/start", {
      userName: person.userName,
      captchaAnswer: answerInWords(question),
    });
    await portal.submit("/reset/reason", { reason: "forgot" });
    await proveByCode(portal, outbox, "text", person.mobile);
    await choosePassword(portal, NEW);

    expect(await portal.screen(), await portal.text()).to.equal("done");
    expect(await people.opens(person, NEW)).to.equal(true);
  });

  it("takes the back button, a second tab and a double click without harm", async () => {
    const { people, outbox, installation } = setup;
    const person = await setup.person();
    await using open = await tab(390);
    const { page } = open;
    const portal = createBrowserPortal(page, installation.url);
    await startReset(portal, person.userName);
    await proveByCode(portal, outbox, "text", person.mobile);
    expect(await portal.screen()).to.equal("password");

    await page.goBack();
    await page.goForward();
    await page.reload();
    expect(await portal.screen()).to.equal("password");
    const second = createBrowserPortal(await page.context().newPage(), installation.url);
    await second.open("/reset");
    expect(await second.screen()).to.equal("password");

    await page.fill("[name=newPassword]", NEW);
    await page.fill("[name=repeated]", NEW);
    await page.locator('form[action="/reset/password"] button:not([type=button])').first().dblclick();
    await waitFor("the verdict", async () => (await portal.screen()) === "done");
    await second.open("/reset");

    expect(await second.screen()).to.equal("done");
    expect(await people.opens(person, NEW)).to.equal(true);
    expect(await setup.jobsOf(person)).to.have.length(1);
  });
});

const hasSidewaysScroll = (page: Page): Promise<boolean> =>
  page.evaluate("document.documentElement.scrollWidth > innerWidth");
