import { expect } from "chai";
import { type BrowserTab, openTab } from "../../support/browser.ts";
import { startWebPages } from "../../support/web-pages.ts";

const TEXTS = JSON.stringify({
  score0: "Very easy to guess.",
  score1: "Easy to guess.",
  score2: "Could be better.",
  score3: "Good.",
  score4: "Very good.",
  warn_words: "Holds a name.",
  warn_common: "Much used.",
  warn_spaces: "Space at an end.",
  warn_unusual: "Unusual letters.",
});
const FORM = `<h1>Password</h1><form method="post" action="/password"><div class="field">
<label for="p">New password</label>
<input type="password" id="p" name="p" data-meter data-meter-words='["Contoso","Jane"]' data-meter-texts='${TEXTS}'
  data-show-texts='{"show":"Show","hide":"Hide","showLabel":"Show the password","hideLabel":"Hide the password"}'>
<output data-meter-output for="p"></output></div><button class="button">Set</button></form>`;

async function adviceFor(tab: BrowserTab, password: string, sentence: string): Promise<string> {
  await tab.page.fill("#p", password);
  await tab.page.locator("output", { hasText: sentence }).waitFor();
  return (await tab.page.getAttribute("output", "data-score")) ?? "";
}

describe("password meter", () => {
  it("says how good a password is, and why it is not", async () => {
    await using site = await startWebPages({ body: FORM });
    await using tab = await openTab();
    await tab.page.goto(site.url);

    expect(await adviceFor(tab, "password1", "Much used.")).to.equal("0");
    expect(await adviceFor(tab, "correct-Pony_47_lighthouse", "Very good.")).to.equal("4");
    await adviceFor(tab, "Contoso-bicycle-2041-umbrella", "Holds a name.");
    await adviceFor(tab, "xjaneqz-bicycle-2041-umbrella", "Holds a name.");
    await adviceFor(tab, " bicycle-2041-umbrella", "Space at an end.");
    await adviceFor(tab, "bicycle-2041-umbre\u0301lla", "Unusual letters.");
    await tab.page.fill("#p", "");
    await tab.page.locator("output:not([data-score])").waitFor();
    expect(tab.errors).to.deep.equal([]);
  });

  it("fetches its lists of words only when a password is about to be typed", async () => {
    await using site = await startWebPages({ body: FORM });
    await using tab = await openTab();
    await tab.page.goto(site.url);
    await tab.page.getByRole("button", { name: "Show the password" }).waitFor();
    const isMeter = (name: string): boolean => /^(?:meter|dist)/.test(name);
    expect(site.fetched.filter(isMeter)).to.deep.equal([]);

    await tab.page.focus("#p");
    await adviceFor(tab, "password1", "Much used.");
    expect(site.fetched.filter(isMeter)).not.to.be.empty;
  });

  it("stays quick for the longest password, and never keeps a form from going (T-28)", async () => {
    await using site = await startWebPages({ body: FORM });
    await using tab = await openTab();
    await tab.page.goto(site.url);
    const password = "aA4@".repeat(64);
    await tab.page.focus("#p");
    await adviceFor(tab, "password1", "Much used.");

    const longest = await tab.page.evaluate(`new Promise((resolve) => {
      let worst = 0, last = performance.now(), frames = 0;
      const field = document.querySelector("#p");
      field.value = ${JSON.stringify(password)};
      field.dispatchEvent(new Event("input", { bubbles: true }));
      const frame = () => {
        const now = performance.now();
        worst = Math.max(worst, now - last); last = now; frames += 1;
        if (frames < 40) setTimeout(frame, 10); else resolve(worst);
      };
      frame();
    })`);
    expect(longest).to.be.lessThan(800);

    await tab.page.click("button.button");
    await tab.page.getByText("Posted").waitFor();
    expect(site.posted[0]?.fields["p"]).to.equal(password);
  });

  it("shows and hides what was typed", async () => {
    await using site = await startWebPages({ body: FORM });
    await using tab = await openTab();
    await tab.page.goto(site.url);
    await tab.page.fill("#p", "typed");
    const type = (): Promise<string | null> => tab.page.getAttribute("#p", "type");

    await tab.page.getByRole("button", { name: "Show the password" }).click();
    expect(await type()).to.equal("text");
    await tab.page.getByRole("button", { name: "Hide the password" }).click();
    expect(await type()).to.equal("password");
  });
});
