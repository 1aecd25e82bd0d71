import { expect } from "chai";
import { axeEverywhere } from "../../../support/axe.ts";
import { openTab } from "../../../support/browser.ts";
import { openPortalGallery, type PortalGallery } from "../../../support/portal-gallery.ts";

describe("screens of the portals", function () {
  this.timeout(720_000);

  let gallery: PortalGallery;
  before(async () => (gallery = await openPortalGallery()));
  after(() => gallery[Symbol.asyncDispose]());

  it("are all good for people with and without sight, mouse or a large window", async () => {
    const found: Record<string, string[]> = {};
    await Promise.all(
      [0, 1].map(async (half) => {
        // The language with the longest words, for what has to fit.
        await using tab = await openTab({ locale: "de" });
        const addresses = Object.entries(gallery.addresses).filter((_, index) => index % 2 === half);
        for (const [name, address] of addresses) {
          await tab.page.goto(address);
          const violations = await axeEverywhere(tab.page);
          if (violations.length > 0) found[name] = violations;
        }
      }),
    );
    expect(found).to.deep.equal({});
  });

  it("has a first screen of at most 60 kB, as it is sent", async () => {
    await using tab = await openTab();
    const session = await tab.page.context().newCDPSession(tab.page);
    await session.send("Network.enable");
    let bytes = 0;
    session.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
    await tab.page.goto(`${gallery.url}/reset`, { waitUntil: "networkidle" });

    expect(bytes).to.be.greaterThan(2_000).and.at.most(60_000);
    expect(tab.errors).to.deep.equal([]);
  });
});
