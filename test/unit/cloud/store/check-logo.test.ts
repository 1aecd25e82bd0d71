import { expect } from "chai";
import { checkLogo } from "../../../../cloud/store/check-logo.ts";

const svg = (inside: string, attributes = ""): Buffer =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"${attributes}>${inside}</svg>`);
const magic = (text: string): Buffer => Buffer.concat([Buffer.from(text, "latin1"), Buffer.alloc(40)]);

const typeOf = (bytes: Buffer): string => {
  const check = checkLogo(bytes);
  return check.ok ? check.type : check.problem;
};

describe("checkLogo", () => {
  for (const [type, bytes] of [
    ["image/png", magic("\x89PNG\r\n\x1a\n")],
    ["image/jpeg", magic("\xff\xd8\xff\xe0")],
    ["image/webp", magic("RIFF\0\0\0\0WEBPVP8 ")],
  ] as const)
    it(`recognises ${type} by its first bytes`, () => {
      expect(typeOf(bytes)).to.equal(type);
    });

  for (const [what, bytes] of [
    ["shapes", svg('<path d="M0 0h9v9z" fill="#0b4f8a"/>')],
    [
      "an XML declaration and comments",
      Buffer.from('<?xml version="1.0" encoding="UTF-8"?>\n<!-- made by hand -->\n<svg/>'),
    ],
    [
      "its own gradient",
      svg('<defs><linearGradient id="a"><stop/></linearGradient></defs><path fill="url(#a)"/>'),
    ],
    [
      "styles and internal references",
      svg('<style>.a{fill:#fff}</style><g id="b"/><use href="#b" class="a"/>'),
    ],
    ["text", svg("<title>Contoso</title><text>R &amp; D</text>")],
  ] as const)
    it(`accepts an SVG with ${what}`, () => {
      expect(typeOf(bytes)).to.equal("image/svg+xml");
    });

  for (const [what, bytes, problem] of [
    ["a script", svg("<script>alert(1)</script>"), "<script>"],
    ["a script of another name space", svg('<x:script xmlns:x="http://www.w3.org/2000/svg"/>'), "<x:script>"],
    ["a page inside", svg("<foreignObject><p>hi</p></foreignObject>"), "<foreignObject>"],
    ["a picture from elsewhere", svg('<image href="https://evil.example/x.png"/>'), "<image>"],
    [
      "an animation that sets a link",
      svg('<animate attributeName="href" to="javascript:alert(1)"/>'),
      "<animate>",
    ],
    ["an event handler", svg("", ' onload="alert(1)"'), "event handler"],
    ["an event handler after a slash", svg('<path/onclick="alert(1)"/>'), "event handler"],
    ["a use of another file", svg('<use href="https://evil.example/#a"/>'), "outside itself"],
    ["a link in other letters", svg("<use XLINK:HREF = '//evil.example/#a'/>"), "outside itself"],
    ["a fill from elsewhere", svg('<path fill="url( https://evil.example/#a)"/>'), "outside itself"],
    ["an import", svg('<style>@import "https://evil.example/x.css";</style>'), "outside itself"],
    ["escapes", svg("<style>.a{fill:ur\\6c(https://evil.example)}</style>"), "escapes"],
    [
      "character references",
      svg('<path style="fill:&#117;rl(https://evil.example)"/>'),
      "character references",
    ],
    ["an entity", Buffer.from('<!DOCTYPE svg [<!ENTITY a "b">]><svg/>'), "not a PNG"],
    ["a style sheet of its own", Buffer.from('<svg/><?xml-stylesheet href="#"?>'), "processing instruction"],
    ["another encoding", Buffer.from('<?xml version="1.0" encoding="utf-7"?><svg/>'), "encoding"],
  ] as const)
    it(`refuses an SVG with ${what}`, () => {
      expect(typeOf(bytes)).to.contain(problem);
    });

  for (const [what, bytes] of [
    ["nothing", Buffer.alloc(0)],
    ["a page", Buffer.from("<!doctype html><svg></svg>")],
    ["a GIF", magic("GIF89a")],
    ["an SVG in UTF-16", Buffer.from("\ufeff<svg/>", "utf16le")],
  ] as const)
    it(`refuses ${what}`, () => {
      expect(typeOf(bytes)).to.contain("not a PNG, JPEG, WebP or SVG");
    });

  it("refuses more than 64 KiB", () => {
    expect(typeOf(Buffer.concat([magic("\x89PNG\r\n\x1a\n"), Buffer.alloc(65_536)]))).to.contain("64 KiB");
  });
});
