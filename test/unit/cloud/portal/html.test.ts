import { expect } from "chai";
import fc from "fast-check";
import { attribute, attributes, html } from "../../../../cloud/portal/html.ts";
import { tagWith } from "../../../../lab/html-forms.ts";

describe("html", () => {
  it("escapes what is put into text and attributes", () => {
    const evil = `<script>alert("1")</script>&'\``;

    const text = html`<p title="${evil}">${evil}</p>`.toString();

    expect(text).not.to.contain("<script>");
    expect(text).to.contain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;&#96;");
  });

  it("leaves finished pieces as they are, and lists one after the other", () => {
    const items = ["a<", "b"].map((text) => html`<b>${text}</b>`);

    expect(html`<i>${items}</i>`.toString()).to.equal("<i><b>a&lt;</b><b>b</b></i>");
    expect(html`${html`<hr />`}${null}${undefined}${false}${0}`.toString()).to.equal("<hr />0");
  });

  it("takes no object of another make for a finished piece", () => {
    const forged = { toString: () => "<script>" } as unknown as string;

    expect(() => html`${forged}`.toString()).to.throw();
  });

  it("writes attributes only when they are there", () => {
    expect(attribute("checked", true).toString()).to.equal(" checked");
    expect(attribute("checked", false).toString()).to.equal("");
    expect(attribute("title", null).toString()).to.equal("");
    expect(attribute("title", `a"b`).toString()).to.equal(' title="a&quot;b"');
    expect(attributes({ maxlength: 64, required: true, checked: false, title: null }).toString()).to.equal(
      ' maxlength="64" required',
    );
  });

  it("lets no text out of its place, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const page = html`<b title="${text}" data-after>${text}</b><i>end</i>`.toString();

        expect(page.match(/<[a-z/]/g)).to.deep.equal(["<b", "</", "<i", "</"]);
        expect(tagWith(page, "data-after")).to.have.all.keys("title", "data-after");

        expect(page).not.to.match(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/);
        expect(Buffer.from(page, "utf8").toString("utf8")).to.equal(page);
      }),
      { numRuns: 300 },
    );
  });
});
