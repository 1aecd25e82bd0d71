import { expect } from "chai";
import { newId } from "../../../shared/ids.ts";
import { signInAdditionalData } from "../../../shared/sealing/additional-data.ts";
import {
  createHpkeOpen,
  generateSealingKeyPair,
  type SealingKeyPair,
  SUITES,
} from "../../../shared/sealing/hpke.ts";
import { SIGN_IN_INFO } from "../../../shared/sealing/hpke-suite.ts";
import type { JobOrder, SealedPassword } from "../../../shared/sealing/job.ts";
import { openPassword } from "../../../shared/sealing/password.ts";
import { decodePasswords } from "../../../shared/sealing/password-plaintext.ts";
import { openSignIn, type SignInOrder } from "../../../shared/sealing/sign-in.ts";
import { AWKWARD_PASSWORDS } from "../../support/awkward-passwords.ts";
import { type BrowserTab, openTab } from "../../support/browser.ts";
import { Refusal, startWebPages } from "../../support/web-pages.ts";

const TEXTS = JSON.stringify({
  differ: "They differ.",
  empty: "Type a password.",
  too_long: "Too long.",
  failed: "That did not work.",
});
const field = (name: string): string =>
  `<div class="field"><label for="${name}">${name}</label><input type="password" id="${name}" name="${name}"></div>`;
const sealForm = (attributes: string, ...names: readonly string[]): string =>
  `<h1>Password</h1><form method="post" action="/password" data-seal="/draft" ${attributes} data-seal-texts='${TEXTS}'>
  <input type="hidden" name="csrf" value="token"><input type="hidden" name="version" value="7">
  <input type="hidden" name="sealed" value="">${names.map(field).join("")}
  <button class="button">Set</button></form>`;
const RESET = sealForm(
  'data-seal-fields="newPassword" data-seal-repeat="repeated"',
  "newPassword",
  "repeated",
);

const order = (operation: "reset" | "change"): JobOrder => ({
  jobId: newId(),
  tenantId: "contoso",
  operation,
  userId: "37c965a8d6d7bec292c7b11ff315d9ea",
  userSequence: 4,
  issuedAt: 1_732_276_800_000,
  notAfter: 1_732_277_700_000,
  mustChange: false,
  unlock: true,
  methods: ["text", "email"],
});

interface Recipient {
  readonly agentId: string;
  readonly keyId: string;
  readonly key: SealingKeyPair;
}
const makeRecipient = async (suite: (typeof SUITES)[number]): Promise<Recipient> => ({
  agentId: newId(),
  keyId: newId(),
  key: await generateSealingKeyPair(suite),
});
const published = ({ agentId, keyId, key: { suite, publicKey } }: Recipient): object => ({
  agentId,
  keyId,
  suite,
  publicKey,
});

interface SealedField {
  readonly order: JobOrder;
  readonly token: string;
  readonly sealed: readonly SealedPassword[];
}
const sealedOf = (fields: Readonly<Record<string, string>> | undefined): SealedField =>
  JSON.parse(fields?.["sealed"] ?? "null") as SealedField;

describe("sealing in the browser", () => {
  for (const suite of SUITES)
    it(`makes seals by ${suite} that an agent opens, for every agent`, async () => {
      const recipients = await Promise.all([makeRecipient(suite), makeRecipient(suite)]);
      const reset = order("reset");
      const asked: string[] = [];
      await using site = await startWebPages({
        body: RESET,
        answers: {
          "/draft": (body) => {
            asked.push(body);
            return { order: reset, recipients: recipients.map(published), token: "t" };
          },
        },
      });
      await using tab = await openTab();

      const password = AWKWARD_PASSWORDS.map((awkward) => awkward.password)
        .join("")
        .slice(0, 250);
      await tab.page.goto(site.url);
      await tab.page.fill("#newPassword", password);
      await tab.page.fill("#repeated", password);
      await tab.page.click("button.button");
      await tab.page.getByText("Posted").waitFor();

      const fields = site.posted[0]?.fields;
      expect(fields).to.have.all.keys("csrf", "version", "sealed");
      expect(JSON.stringify(site.posted)).not.to.contain(password.slice(0, 20));
      expect(JSON.parse(asked[0] ?? "")).to.deep.equal({ csrf: "token", version: "7", suite: "x25519" });
      const { sealed, token } = sealedOf(fields);
      expect(token).to.equal("t");
      expect(sealed.map(({ agentId }) => agentId)).to.deep.equal(recipients.map(({ agentId }) => agentId));
      for (const [index, { key }] of recipients.entries()) {
        const seal = sealed[index];
        if (seal === undefined) throw new Error("no seal");
        const opened = await openPassword(reset, seal, key);
        expect(opened.newPassword.reveal()).to.equal(password);
        expect(opened.oldPassword).to.equal(undefined);
      }
      expect(tab.errors).to.deep.equal([]);
    });

  it("seals the old and the new password of a change, each in its place", async () => {
    const recipient = await makeRecipient("x25519");
    const change = order("change");
    await using site = await startWebPages({
      body: sealForm(
        'data-seal-fields="oldPassword,newPassword" data-seal-repeat="repeated"',
        "oldPassword",
        "newPassword",
        "repeated",
      ),
      answers: { "/draft": () => ({ order: change, recipients: [published(recipient)], token: "t" }) },
    });
    await using tab = await openTab();

    await tab.page.goto(site.url);
    await tab.page.fill("#oldPassword", "the old one");
    await tab.page.fill("#newPassword", "the new one ü");
    await tab.page.fill("#repeated", "the new one ü");
    await tab.page.click("button.button");
    await tab.page.getByText("Posted").waitFor();

    const [seal] = sealedOf(site.posted[0]?.fields).sealed;
    if (seal === undefined) throw new Error("no seal");
    const opened = await openPassword(change, seal, recipient.key);
    expect(opened.newPassword.reveal()).to.equal("the new one ü");
    expect(opened.oldPassword?.reveal()).to.equal("the old one");
  });

  describe("of a change by a user who is not signed in", () => {
    const CHANGE = sealForm(
      'data-seal-fields="oldPassword,newPassword" data-seal-repeat="repeated" data-sign-in="/sign-in" data-sign-in-draft="/sign-in-draft" data-signed-in-action="/signed-in"',
      "oldPassword",
      "newPassword",
      "repeated",
    );
    const signInOrder = (): SignInOrder => ({
      checkId: newId(),
      tenantId: "contoso",
      subject: "37c965a8d6d7bec292c7b11ff315d9ea",
      issuedAt: 1_732_276_800_000,
      notAfter: 1_732_277_700_000,
    });
    const fill = async ({ page }: BrowserTab, url: string): Promise<void> => {
      await page.goto(url);
      await page.fill("#oldPassword", "the old one");
      await page.fill("#newPassword", "the new one ü");
      await page.fill("#repeated", "the new one ü");
      await page.click("button.button");
    };

    it("seals the old password twice from one typing: to sign in, and then with the new one", async () => {
      const recipient = await makeRecipient("x25519");
      const [first, change] = [signInOrder(), order("change")];
      const asked: string[] = [];
      await using site = await startWebPages({
        body: CHANGE,
        answers: {
          "/sign-in-draft": () => ({ order: first, recipients: [published(recipient)], token: "s" }),
          "/sign-in": (body) => {
            asked.push(body);
            return { signedIn: true, csrf: "another", version: "9" };
          },
          "/draft": (body) => {
            asked.push(body);
            return { order: change, recipients: [published(recipient)], token: "t" };
          },
        },
      });
      await using tab = await openTab();
      await fill(tab, site.url);
      await tab.page.getByText("Posted").waitFor();

      const [signIn, draft] = asked.map((body) => JSON.parse(body) as Record<string, string>);
      expect(signIn).to.include({ csrf: "token", version: "7" });
      const [firstSeal] = sealedOf(signIn).sealed;
      if (firstSeal === undefined) throw new Error("no seal");
      expect((await openSignIn(first, firstSeal, recipient.key)).reveal()).to.equal("the old one");
      // What follows belongs to the session that is signed in.
      expect(draft).to.include({ csrf: "another", version: "9" });
      expect(site.posted.map(({ path }) => path)).to.deep.equal(["/signed-in"]);
      const [{ fields } = { fields: {} }] = site.posted;
      expect(fields)
        .to.have.all.keys("csrf", "version", "sealed")
        .and.include({ csrf: "another", version: "9" });
      const [seal] = sealedOf(fields).sealed;
      if (seal === undefined) throw new Error("no seal");
      const opened = await openPassword(change, seal, recipient.key);
      expect([opened.newPassword.reveal(), opened.oldPassword?.reveal()]).to.deep.equal([
        "the new one ü",
        "the old one",
      ]);
      expect(JSON.stringify([asked, site.posted])).not.to.match(/the (old|new) one/);
      expect(tab.errors).to.deep.equal([]);
    });

    it("reloads the page when the sign-in was refused, and sends nothing more", async () => {
      const recipient = await makeRecipient("x25519");
      let loads = 0;
      await using site = await startWebPages({
        body: () => `${CHANGE}<p>load ${++loads}</p>`,
        answers: {
          "/sign-in-draft": () => ({ order: signInOrder(), recipients: [published(recipient)], token: "s" }),
          "/sign-in": () => ({ signedIn: false }),
        },
      });
      await using tab = await openTab();
      await fill(tab, site.url);
      await tab.page.getByText("load 2").waitFor();

      expect(await tab.page.inputValue("#oldPassword")).to.equal("");
      expect(site.posted).to.deep.equal([]);
      expect(tab.errors).to.deep.equal([]);
    });

    it("says why nothing could be sealed, and keeps what was typed", async () => {
      await using site = await startWebPages({
        body: CHANGE,
        answers: { "/sign-in-draft": () => new Refusal(503, { message: "Nobody is there now." }) },
      });
      await using tab = await openTab();
      await fill(tab, site.url);
      await tab.page.getByText("Nobody is there now.").waitFor();

      expect(await tab.page.inputValue("#oldPassword")).to.equal("the old one");
      expect(site.posted).to.deep.equal([]);
    });
  });

  it("seals a password that is only tried for that purpose and no other", async () => {
    const recipient = await makeRecipient("x25519");
    const check = {
      checkId: newId(),
      tenantId: "contoso",
      subject: "05c34425711c3ead5121420917a3c0fe",
      issuedAt: 1_732_276_800_000,
      notAfter: 1_732_276_900_000,
    };
    await using site = await startWebPages({
      body: sealForm('data-seal-fields="password"', "password"),
      answers: { "/draft": () => ({ order: check, recipients: [published(recipient)], token: "t" }) },
    });
    await using tab = await openTab();

    await tab.page.goto(site.url);
    await tab.page.fill("#password", "to be tried");
    await tab.page.click("button.button");
    await tab.page.getByText("Posted").waitFor();

    const [seal] = sealedOf(site.posted[0]?.fields).sealed;
    if (seal === undefined) throw new Error("no seal");
    const info = new TextEncoder().encode(SIGN_IN_INFO);
    const opened = await createHpkeOpen()(recipient.key, info, signInAdditionalData(check, seal), seal);
    expect(decodePasswords(opened)).to.deep.equal({ first: "to be tried", second: null });
  });

  it("asks for P-256 keys where the browser has no X25519", async () => {
    const asked: string[] = [];
    await using site = await startWebPages({
      body: RESET,
      answers: {
        "/draft": (body) => {
          asked.push(body);
          return new Refusal(503, { code: "AGENT_OFFLINE", message: "Nobody is there." });
        },
      },
    });
    await using tab = await openTab();
    await tab.page.addInitScript(
      `const make = crypto.subtle.generateKey.bind(crypto.subtle);
       crypto.subtle.generateKey = (algorithm, ...rest) =>
         algorithm.name === "X25519" ? Promise.reject(new DOMException("no", "NotSupportedError")) : make(algorithm, ...rest);`,
    );

    await tab.page.goto(site.url);
    await tab.page.fill("#newPassword", "same");
    await tab.page.fill("#repeated", "same");
    await tab.page.click("button.button");
    await tab.page.getByText("Nobody is there.").waitFor();

    expect(JSON.parse(asked[0] ?? "")).to.include({ suite: "p256" });
  });

  it("says in the server's words why nothing could be sealed, and keeps what was typed", async () => {
    await using site = await startWebPages({
      body: RESET,
      answers: {
        "/draft": () =>
          new Refusal(503, { code: "AGENT_OFFLINE", message: "Resets do not work at the moment." }),
      },
    });
    await using tab = await openTab();

    await tab.page.goto(site.url);
    await tab.page.fill("#newPassword", "same");
    await tab.page.fill("#repeated", "same");
    await tab.page.click("button.button");

    await tab.page.locator(".problem:focus", { hasText: "Resets do not work at the moment." }).waitFor();
    expect(await tab.page.inputValue("#newPassword")).to.equal("same");
    expect(site.posted).to.deep.equal([]);
  });

  for (const [what, first, second, id, sentence] of [
    ["two that differ", "one", "two", "repeated", "They differ."],
    ["an empty one", "", "", "newPassword", "Type a password."],
    ["one that no directory takes", "x".repeat(257), "x".repeat(257), "newPassword", "Too long."],
  ] as const)
    it(`sends nothing for ${what}, and says so at the field`, async () => {
      await using site = await startWebPages({ body: RESET });
      await using tab = await openTab();

      await tab.page.goto(site.url);
      await tab.page.fill("#newPassword", first);
      await tab.page.fill("#repeated", second);
      await tab.page.click("button.button");

      const input = tab.page.locator(`#${id}[aria-invalid=true]:focus`);
      await input.waitFor();
      expect(await input.getAttribute("aria-describedby")).to.equal(`${id}-error`);
      expect(await tab.page.textContent(`#${id}-error`)).to.equal(sentence);
      expect(site.posted).to.deep.equal([]);
    });

  it("leaves the sealing to the server where no script runs", async () => {
    await using site = await startWebPages({ body: RESET });
    await using tab = await openTab({ javaScriptEnabled: false });

    await tab.page.goto(site.url);
    await tab.page.fill("#newPassword", "typed");
    await tab.page.fill("#repeated", "typed");
    await tab.page.click("button.button");
    await tab.page.getByText("Posted").waitFor();

    expect(site.posted[0]?.fields).to.include({ newPassword: "typed", repeated: "typed", sealed: "" });
  });
});
