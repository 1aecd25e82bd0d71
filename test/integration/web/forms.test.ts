import { expect } from "chai";
import { openTab } from "../../support/browser.ts";
import { startWebPages } from "../../support/web-pages.ts";

describe("forms in the browser", () => {
  it("go once, however often the button is clicked", async () => {
    await using site = await startWebPages({
      body: '<h1>Go</h1><form method="post" action="/go"><button class="button" name="what" value="this">Go</button></form>',
    });
    await using tab = await openTab();
    await tab.page.goto(site.url);
    // Both clicks before the page can go away.
    await tab.page.evaluate('const b = document.querySelector("button"); b.click(); b.click(); b.click()');
    await tab.page.getByText("Posted").waitFor();

    expect(site.posted).to.deep.equal([{ path: "/go", fields: { what: "this" } }]);
  });

  it("put the focus on what is wrong", async () => {
    await using site = await startWebPages({
      body: '<div class="problem" role="alert" tabindex="-1"><p>That code is not right.</p></div><h1>Code</h1>',
    });
    await using tab = await openTab();
    await tab.page.goto(site.url);

    await tab.page.locator(".problem:focus").waitFor();
  });

  it("count down to when a code can be sent again, by the server's clock", async () => {
    const now = 1_000_000;
    await using site = await startWebPages({
      body: `<h1>Code</h1><form method="post" action="/resend"><button data-now="${now}" data-available-at="${now + 1_500}"
        data-available-text="Again in {seconds} s">Send again</button></form>`,
    });
    await using tab = await openTab();
    await tab.page.goto(site.url);

    await tab.page.locator("button:disabled", { hasText: /Again in [12] s/ }).waitFor();
    await tab.page.locator("button:enabled", { hasText: "Send again" }).waitFor();
  });

  it("show the next screen as soon as there is one", async () => {
    let screen = "waiting";
    await using site = await startWebPages({
      body: () =>
        `<main id="main" data-screen="${screen}"><h1>${screen}</h1>${
          screen === "waiting" ? '<div class="waiting" data-waiting="/" data-waiting-every="50"></div>' : ""
        }</main>`,
    });
    await using tab = await openTab();
    await tab.page.goto(site.url);
    await tab.page.getByText("waiting").waitFor();
    screen = "done";

    await tab.page.getByText("done").waitFor();
  });

  it("save recovery codes as a file", async () => {
    await using site = await startWebPages({
      body: `<h1>Codes</h1><ol class="codes" id="codes"><li><code>AAAAA-BBBBB</code></li><li><code>CCCCC-DDDDD</code></li></ol>
        <button class="button" data-download="codes.txt" data-download-from="codes">Save</button>`,
    });
    await using tab = await openTab();
    await tab.page.goto(site.url);

    const [download] = await Promise.all([tab.page.waitForEvent("download"), tab.page.click("button")]);
    expect(download.suggestedFilename()).to.equal("codes.txt");
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).to.equal("AAAAA-BBBBB\r\nCCCCC-DDDDD\r\n");
  });

  it("make any colour of a tenant legible, light and dark", async () => {
    await using site = await startWebPages({ body: '<h1>Go</h1><button class="button">Go</button>' });
    for (const colorScheme of ["light", "dark"] as const) {
      await using tab = await openTab({ colorScheme });
      await tab.page.goto(site.url);
      const worst = await tab.page.evaluate(`(() => {
        const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
        const luminance = (colour) => {
          canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
          const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((v) => v / 255)
            .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        const button = document.querySelector("button");
        const paper = luminance(getComputedStyle(document.documentElement).backgroundColor);
        const card = luminance(getComputedStyle(document.querySelector("main")).backgroundColor);
        let worst = { contrast: 99, colour: "" };
        const steps = [0, 51, 102, 153, 204, 255];
        for (const r of steps) for (const g of steps) for (const b of steps) {
          const colour = "rgb(" + [r, g, b].join() + ")";
          document.documentElement.style.setProperty("--brand", colour);
          const style = getComputedStyle(button);
          const accent = luminance(style.backgroundColor);
          const least = Math.min(contrast(accent, luminance(style.color)), contrast(accent, paper), contrast(accent, card));
          if (least < worst.contrast) worst = { contrast: least, colour };
        }
        return worst;
      })()`);
      expect(worst, `${colorScheme}: ${JSON.stringify(worst)}`)
        .to.have.property("contrast")
        .above(4.5);
    }
  });
});
