import { expect } from "chai";
import { FACTS, NOTICE_REASONS, type NoticeFacts } from "../../../../cloud/notify/notifier.ts";
import { CATALOGUES } from "../../../../cloud/notify/templates/catalogues.ts";
import { cleanFact } from "../../../../cloud/notify/templates/facts.ts";
import { gsmLength, toGsm } from "../../../../cloud/notify/templates/gsm.ts";
import { renderNotice } from "../../../../cloud/notify/templates/render-notice.ts";
import { renderOtp } from "../../../../cloud/notify/templates/render-otp.ts";
import { NOTICE_KINDS } from "../../../../cloud/store/delivery-record.ts";
import { type Language, LANGUAGES } from "../../../../shared/language.ts";
import { METHODS } from "../../../../shared/methods.ts";
import { Secret } from "../../../../shared/secret.ts";

const ALL_FACTS: NoticeFacts = {
  displayName: "Zoë Peeters",
  userName: "zoe@contoso.example",
  method: "text, recovery_code",
  reason: "number_held",
  operation: "reset",
  outcome: "applied",
  until: "1795350000000",
  message: "Please help",
  proven: "no",
  agentName: "dc-agent",
  directory: "fabrikam.example",
  hostName: "srv01",
  fingerprint: "ab:cd",
  sent: "40",
  verified: "2",
  failed: "77",
  version: "8",
  summary: "scope is all now",
  by: "key:ops",
  count: "12",
};
const noticeOf = (
  channel: "email" | "text",
  kind: (typeof NOTICE_KINDS)[number],
  language: Language,
  facts = ALL_FACTS,
  tenant = "Contoso",
) => renderNotice(channel, { kind, language, tenant, reference: "01HZX", at: 1_795_350_000_000, facts });
const otpOf = (channel: "email" | "text" | "call", language: Language, changes = {}) =>
  renderOtp(channel, {
    language,
    tenant: "Contoso",
    otp: new Secret("481592"),
    minutes: 5,
    host: "reset.contoso.example",
    reference: "01HZX",
    ...changes,
  });
const words = (value: unknown): string =>
  typeof value === "string"
    ? value
    : Object.values(value ?? {})
        .map(words)
        .join("\n");
const placeholders = (value: unknown): string[] =>
  [...new Set([...words(value).matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ""))].sort();

describe("messages", () => {
  for (const language of LANGUAGES)
    describe(`in ${language}`, () => {
      const catalogue = CATALOGUES[language];

      it("say everything that English says, about the same facts", () => {
        for (const kind of NOTICE_KINDS) {
          const [here, english] = [catalogue.notices[kind], CATALOGUES.en.notices[kind]];
          expect(here.lines.map(placeholders), kind).to.deep.equal(english.lines.map(placeholders));
          expect(here.text === null, kind).to.equal(english.text === null);
        }
        for (const part of ["otp", "greeting", "time", "reference", "automatic"] as const)
          expect(placeholders(catalogue[part]), part).to.deep.equal(placeholders(CATALOGUES.en[part]));
        expect(
          placeholders(catalogue).filter((name) => !(FACTS as readonly string[]).includes(name)),
        ).to.deep.equal(["minutes", "otp", "reference", "tenant", "time"]);
        if (language !== "en") expect(catalogue.notYou).to.not.equal(CATALOGUES.en.notYou);
      });

      for (const kind of NOTICE_KINDS)
        for (const [which, facts] of [
          ["all facts", ALL_FACTS],
          ["no fact", {}],
        ] as const)
          it(`${kind} is whole with ${which}`, () => {
            const mail = noticeOf("email", kind, language, facts);
            const text = noticeOf("text", kind, language, facts);

            for (const said of [words(mail), words(text)])
              expect(said)
                .to.contain("Contoso")
                .and.not.match(/[{}]|undefined|null|\[object/);
            expect(words(mail)).to.contain("01HZX").and.to.contain("2026");
            expect(words(mail)).to.not.match(/https?:|www\.|<a\b|<img\b|481592/);
            if (which === "all facts")
              expect(gsmLength(words({ ...text, channel: "" })) ?? 999).to.be.at.most(161);
          });

      it("name every method and every reason", () => {
        const mails = METHODS.map((method) =>
          words(noticeOf("email", "method_added", language, { method, userName: "x" })),
        );
        const reasons = NOTICE_REASONS.map((reason) =>
          words(noticeOf("email", "reset_impossible", language, { reason, userName: "x" })),
        );

        expect(new Set(mails)).to.have.property("size", METHODS.length);
        // Gone from the directory is said in two ways; the others differ.
        expect(new Set(reasons).size).to.equal(NOTICE_REASONS.length);
      });

      it("bring a code on every channel", () => {
        const [mail, text, call] = [
          otpOf("email", language),
          otpOf("text", language),
          otpOf("call", language),
        ];

        expect(mail.channel === "email" && mail.subject)
          .to.be.a("string")
          .and.not.contain("481592");
        expect(words(mail)).to.contain("481592").and.not.match(/[{}]/);
        expect(text.channel === "text" && text.text).to.match(
          /^Contoso ?: 481592 .*\n\n@reset\.contoso\.example #481592$/s,
        );
        expect(gsmLength(text.channel === "text" ? text.text : "") ?? 999).to.be.at.most(160);
        expect(
          call.channel === "call" && call.sentences.filter((said) => said === "4, 8, 1, 5, 9, 2."),
        ).to.have.length(2);
        expect(words(call)).to.not.match(/[{}]/);
      });

      it("leave the line for the browser out when it does not fit", () => {
        const text = otpOf("text", language, { tenant: "A".repeat(80), host: `${"h".repeat(60)}.example` });

        expect(words(text)).to.contain("481592").and.not.contain("@");
        expect(gsmLength(text.channel === "text" ? text.text : "") ?? 999).to.be.at.most(160);
      });
    });

  it("keep a name in another script as it is", () => {
    const text = otpOf("text", "en", { tenant: "Ελλάς" });

    expect(words(text)).to.contain("Ελλάς");
  });

  it("fit the alphabet of texts where leaving accents out is enough", () => {
    expect(toGsm("contraseña, código, l’été")).to.equal("contraseña, codigo, l'été");
    expect(toGsm("Łódź")).to.equal("Łódź");
    expect(gsmLength("€")).to.equal(2);
    expect(gsmLength("日")).to.equal(null);
  });

  it("escape markup, take links out and keep to one line", () => {
    const facts = {
      displayName: `<b>"Eve" & 'co'</b>\r\nhttp://evil.example/x`,
      userName: "www.evil.example",
    };
    const mail = noticeOf("email", "password_reset", "en", { ...facts, method: "text" }, "A&B");

    const html = mail.channel === "email" ? mail.html : "";
    expect(html)
      .to.contain("Hello &lt;b&gt;&quot;Eve&quot; &amp; &#39;co&#39;&lt;/b&gt; […],")
      .and.contain("A&amp;B");
    expect(words(mail)).to.not.contain("evil.example");
  });

  it("do not replace placeholders inside facts", () => {
    const mail = noticeOf("email", "admin_contact_request", "en", {
      ...ALL_FACTS,
      message: "{userName} {otp} $&",
    });

    expect(words(mail)).to.contain("Their message: {userName} {otp} $&");
  });

  it("say nothing about words that are not ours", () => {
    const mail = noticeOf("email", "reset_impossible", "en", {
      userName: "x",
      reason: "constructor",
      until: "never",
    });

    expect(words(mail)).to.not.match(/constructor|function|Object|Invalid|try again from/);
  });

  it("clean whatever a directory holds", () => {
    expect(cleanFact("a\u0000b\u2028c\u202ed")).to.equal("a b c d");
    expect(cleanFact("x".repeat(500))).to.have.length(200);
    expect(cleanFact("see https://evil.example/a?b and evil.example/path now")).to.equal(
      "see […] and […] now",
    );
    expect(cleanFact("j.doe@contoso.example")).to.equal("j.doe@contoso.example");
  });
});
