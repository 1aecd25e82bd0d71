import { createChallenge, verifySolution } from "altcha-lib";
import { deriveKey as deriveByPbkdf2 } from "altcha-lib/algorithms/pbkdf2";
import { deriveKey as deriveBySha } from "altcha-lib/algorithms/sha";
import type { Payload } from "altcha-lib/types";
import { expect } from "chai";
import { openTab } from "../../support/browser.ts";
import { Refusal, startWebPages } from "../../support/web-pages.ts";

const SECRETS = { hmacSignatureSecret: "one", hmacKeySignatureSecret: "two" };
const KINDS = [
  { algorithm: "SHA-256", deriveKey: deriveBySha, cost: 16, counter: 400 },
  { algorithm: "PBKDF2/SHA-256", deriveKey: deriveByPbkdf2, cost: 1_000, counter: 20 },
] as const;

const FORM = `<h1>Start</h1>
<form method="post" action="/start" data-captcha="/captcha" data-captcha-texts='{"working":"Checking…","failed":"Please answer the question."}'>
  <div class="field"><label for="name">Name</label><input id="name" name="name"></div>
  <input type="hidden" name="captcha" value="">
  <p class="status" data-captcha-status role="status"></p>
  <div class="no-script-only" data-captcha-fallback>
    <input type="hidden" name="captchaToken" value="signed">
    <div class="field"><label for="answer">Two and three?</label><input id="answer" name="captchaAnswer"></div>
  </div>
  <button class="button">Next</button>
</form>`;

const challengeOf = (kind: (typeof KINDS)[number]) => createChallenge({ ...kind, ...SECRETS });

describe("captcha in the browser", () => {
  for (const kind of KINDS)
    it(`solves ${kind.algorithm} aside while the person types`, async () => {
      await using site = await startWebPages({
        body: FORM,
        answers: { "/captcha": () => challengeOf(kind) },
      });
      await using tab = await openTab();

      await tab.page.goto(site.url);
      expect(await tab.page.locator("#answer").isVisible()).to.equal(false);
      await tab.page.fill("#name", "jane");
      await tab.page.keyboard.press("Enter");
      await tab.page.getByText("Posted").waitFor();

      const fields = site.posted[0]?.fields ?? {};
      expect(fields).to.have.all.keys("name", "captcha");
      const payload = JSON.parse(Buffer.from(fields["captcha"] ?? "", "base64").toString("utf8")) as Payload;
      const { verified } = await verifySolution({ ...payload, ...SECRETS, deriveKey: kind.deriveKey });
      expect(verified).to.equal(true);
      expect(tab.errors).to.deep.equal([]);
    });

  it("says what the person waits for, and lets the form go when it is done", async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await using site = await startWebPages({
      body: FORM,
      answers: { "/captcha": () => held.then(() => challengeOf(KINDS[0])) },
    });
    await using tab = await openTab();

    await tab.page.goto(site.url);
    await tab.page.click("button.button");
    await tab.page.getByText("Checking…").waitFor();
    expect(site.posted).to.deep.equal([]);
    release();
    await tab.page.getByText("Posted").waitFor();
  });

  it("falls back to the question when it cannot be solved", async () => {
    await using site = await startWebPages({
      body: FORM,
      answers: { "/captcha": () => new Refusal(503, {}) },
    });
    await using tab = await openTab();

    await tab.page.goto(site.url);
    await tab.page.click("button.button");
    await tab.page.getByText("Please answer the question.").waitFor();
    await tab.page.locator("#answer:focus").fill("5");
    await tab.page.click("button.button");
    await tab.page.getByText("Posted").waitFor();

    expect(site.posted.map(({ fields }) => fields)).to.deep.equal([
      { name: "", captcha: "", captchaToken: "signed", captchaAnswer: "5" },
    ]);
  });

  it("shows the question where no script runs", async () => {
    await using site = await startWebPages({ body: FORM });
    await using tab = await openTab({ javaScriptEnabled: false });

    await tab.page.goto(site.url);
    await tab.page.fill("#answer", "5");
    await tab.page.click("button.button");
    await tab.page.getByText("Posted").waitFor();

    expect(site.posted[0]?.fields).to.include({ captchaAnswer: "5", captcha: "" });
  });
});
