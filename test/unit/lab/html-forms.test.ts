import { expect } from "chai";
import { formsOf, readableText, tagWith } from "../../../lab/html-forms.ts";

const PAGE = `<!doctype html><html lang="en"><body><main data-screen="choose">
  <h1>Caf&eacute; &amp; &#39;bar&#39; &#x1F426;</h1>
  <script>const form = "<form action='/no'>";</script>
  <form method="post" action="/reset/method" data-captcha="/captcha"
    data-texts="{&quot;a&quot;:1}">
    <input type="hidden" name="csrf" value="x&quot;y" /><input
      type="hidden"
      name="version"
      value="3"
    />
    <label><input type="radio" name="method" value="text" checked /> Text</label>
    <label><input type='radio' name='method' value='call'> Call</label>
    <input name=number type=tel><input name="off" value="1" disabled>
    <input type="checkbox" name="agree"><textarea name="message">a &lt; b</textarea>
    <select name="which"><option value="1">one</option><option value="2" selected>two</option></select>
    <button name="do" value="next">Next &rarr;</button><button type="button">Show</button>
  </form>
  <form action="/search"><input name="q"></form>
</main></body></html>`;

describe("forms of a page", () => {
  it("are read with their fields, buttons and data", () => {
    const [form, search] = formsOf(PAGE.replace(/<script>.*<\/script>/, ""));

    expect(form).to.include({ action: "/reset/method", method: "post" });
    expect(form?.data).to.deep.equal({ captcha: "/captcha", texts: '{"a":1}' });
    expect(form?.fields.map(({ name, value, checked }) => [name, value, checked])).to.deep.equal([
      ["csrf", 'x"y', true],
      ["version", "3", true],
      ["method", "text", true],
      ["method", "call", false],
      ["number", "", true],
      ["agree", "on", false],
      ["message", "a < b", true],
      ["which", "2", true],
    ]);
    expect(form?.buttons[0]).to.deep.equal({ name: "do", value: "next", text: "Next &rarr;" });
    expect(search).to.include({ action: "/search", method: "get" });
  });

  it("are found by attributes of the page, which is readable without its scripts", () => {
    expect(tagWith(PAGE, "data-screen")).to.deep.equal({ "data-screen": "choose" });
    expect(tagWith(PAGE, "data-nothing")).to.equal(null);
    expect(readableText(PAGE))
      .to.match(/^Caf&eacute; & 'bar' 🐦 Text Call/)
      .and.not.to.contain("const");
  });
});
