import { expect } from "chai";
import { read, sourcesIn } from "./sources.ts";

/** What the scripts of the portals never do, and why. */
const FORBIDDEN: Readonly<Record<string, RegExp>> = {
  "put text into the page as markup": /innerHTML|outerHTML|insertAdjacentHTML|document\.write|setHTML/,
  "make code of text": /\beval\(|new Function\(|\bset(?:Timeout|Interval)\(\s*["'`]/,
  "keep anything in the browser's storage":
    /localStorage|sessionStorage|indexedDB|document\.cookie|cookieStore|caches\./,
  // The scripts speak to their own workers only.
  "listen to messages of other windows":
    /(?:window|globalThis|parent|opener)\.(?:addEventListener\(\s*"message"|onmessage|postMessage)/,
};

describe("scripts of the portals", () => {
  const scripts = sourcesIn("web");

  for (const [what, pattern] of Object.entries(FORBIDDEN))
    it(`never ${what}`, () => {
      expect(scripts).to.have.length.greaterThan(10);
      expect(scripts.filter((script) => pattern.test(read(script)))).to.deep.equal([]);
    });
});
