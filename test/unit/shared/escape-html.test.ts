import { expect } from "chai";
import { readableText } from "../../../lab/html-forms.ts";
import { escapeHtml } from "../../../shared/escape-html.ts";

describe("escapeHtml", () => {
  it("escapes what ends text or an attribute", () => {
    expect(escapeHtml("<a href=\"x\" title='`'>&")).to.equal(
      "&lt;a href=&quot;x&quot; title=&#39;&#96;&#39;&gt;&amp;",
    );
  });

  it("replaces control characters and lone surrogates", () => {
    expect(escapeHtml("a\u0000b\u009fc\ud800d\n")).to.equal("a\ufffdb\ufffdc\ufffdd\n");
  });

  it("keeps letters of all scripts", () => {
    const name = "Zoë Müller-Ångström 李小龙 😀";

    expect(escapeHtml(name)).to.equal(name);
    expect(readableText(`<p>${escapeHtml(name)}</p>`)).to.equal(name);
  });
});
