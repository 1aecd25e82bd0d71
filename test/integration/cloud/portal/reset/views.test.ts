import { expect } from "chai";
import { TEXTS } from "../../../../../cloud/portal/texts/all.ts";
import { readableText, tagWith } from "../../../../../lab/html-forms.ts";
import { LANGUAGES } from "../../../../../shared/language.ts";
import { makeVerdict, VERDICT_CODES } from "../../../../../shared/writeback.ts";
import { problemsOfHtml } from "../../../../support/check-html.ts";
import { type PortalHost, startPortalHost } from "../../../../support/portal-host.ts";
import { resetScreens } from "../../../../support/reset-screens.ts";

describe("screens of the reset portal", () => {
  let host: PortalHost;

  before(async () => {
    host = await startPortalHost({ tenant: { settings: { colour: "#0b6e4f" }, logo: { digest: "abc" } } });
  });
  after(() => host[Symbol.asyncDispose]());

  const screens = Object.entries(resetScreens(Date.now()));
  const others = ["/", "/reset/contact", "/reset/ended", "/reset/closed", "/nothing-here"];

  for (const language of LANGUAGES)
    describe(`in ${language}`, () => {
      it("are whole pages, each of them", async () => {
        const client = await host.begun({ language });
        for (const [name, screen] of screens) {
          host.reset.show(screen, screen.problem);

          await client.open("/reset");

          const { status, body } = client.page;
          expect(status, name).to.equal(200);
          expect(await client.screen(), name).to.equal(screen.step);
          expect(problemsOfHtml(body), name).to.deep.equal([]);
          expect(body, name).to.contain(`<html lang="${language}" class="no-js">`);
          expect(readableText(body), name).not.to.match(/undefined|\[object|NaN/);
          if (screen.problem !== null) {
            expect(tagWith(body, "role")?.["class"], name).to.equal("problem");
            expect(body, name).to.contain(`<title>${TEXTS[language].site.errorPrefix}: `);
          }
        }
      });

      it("have others around them, which are whole as well", async () => {
        const client = host.visitor({ language });
        for (const path of ["/reset", ...others]) {
          await client.open(path);

          expect(problemsOfHtml(client.page.body), path).to.deep.equal([]);
          expect(client.page.body, path).to.contain(`<html lang="${language}"`);
        }
      });
    });

  it("say in words what each verdict means, and what to do", async () => {
    const client = await host.begun();
    for (const code of VERDICT_CODES) {
      const verdict = makeVerdict("rejected", code);
      host.reset.show({ step: "password", rule: null, names: [] }, { kind: "password_refused", verdict });

      await client.open("/reset");

      expect(await client.text(), code).to.contain(TEXTS.en.refusals[code]);
    }
  });

  it("name the figures of the rule that refused a password", async () => {
    const client = await host.begun({ language: "nl" });
    const rule = {
      minLength: 14,
      historyLength: 24,
      complexity: true,
      minAgeSeconds: 60,
      source: "domain",
    } as const;
    const show = async (code: (typeof VERDICT_CODES)[number], possibleAt: string | null = null) => {
      const verdict = makeVerdict("rejected", code, { rule, possibleAt });
      host.reset.show({ step: "password", rule, names: [] }, { kind: "password_refused", verdict });
      await client.open("/reset");
      return client.text();
    };

    expect(await show("PASSWORD_TOO_SHORT")).to.contain("Gebruik minimaal 14 tekens");
    expect(await show("PASSWORD_IN_HISTORY")).to.contain("een van uw laatste 24 wachtwoorden");
    expect(await show("PASSWORD_TOO_YOUNG", "2026-11-23T09:30:00Z")).to.match(
      /23 november 2026 .*09:30 \(UTC\)/,
    );
  });

  it("show the rules before anything is typed, as far as they can be read (W08)", async () => {
    const client = await host.begun();
    const rule = {
      minLength: 14,
      historyLength: null,
      complexity: true,
      minAgeSeconds: 0,
      source: "domain",
    } as const;

    host.reset.show({ step: "password", rule, names: [] });
    await client.open("/reset");

    const text = await client.text();
    expect(text).to.contain("at least 14 characters").and.contain("three of");
    expect(text).not.to.contain("your last");

    host.reset.show({ step: "password", rule: null, names: [] });
    await client.open("/reset");
    expect(client.page.body).not.to.contain('class="rules"');
  });

  it("tell every user before the first proof when nothing can be reset now (R08)", async () => {
    const sentence = TEXTS.en.start.unavailable;
    const client = await host.begun();
    host.reset.isAvailable = false;

    const stranger = host.visitor();
    await stranger.open("/reset");
    expect(await stranger.text()).to.contain(sentence);
    host.reset.show({ step: "reason" });
    await client.open("/reset");
    expect(await client.text()).to.contain(sentence);
    host.reset.show({ step: "choose", proven: 0, required: null, options: [] });
    await client.open("/reset");
    expect(await client.text()).to.contain(sentence);

    host.reset.isAvailable = true;
    await client.open("/reset");
    expect(await client.text()).not.to.contain(sentence);
  });

  it("are of the same size whatever the digits and the moment (R05)", async () => {
    const client = await host.begun();
    const size = async (digits: string, ahead: number): Promise<number> => {
      const now = Date.now();
      host.reset.show({
        step: "code",
        method: "text",
        lastDigits: digits,
        proven: 0,
        work: 0,
        resendAt: now + ahead,
        expiresAt: now + 250_000,
        sendsLeft: 2,
      });
      await client.open("/reset");
      return client.page.body.length;
    };

    expect(new Set([await size("56", 0), await size("01", 9_000), await size("99", 10_000)]).size).to.equal(
      1,
    );
  });

  it("carry the tenant's name, logo and colour", async () => {
    const client = host.visitor();
    await client.open("/reset");

    expect(await client.text()).to.contain("Contoso");
    expect(client.page.body).to.contain(`/brand/${host.tenantId}/logo?abc`);
    const style = await client.visitor.send("GET", `/brand/${host.tenantId}/style.css`);
    expect(style.headers["content-type"]).to.match(/^text\/css/);
    expect(style.body).to.equal(":root{--brand:#0b6e4f}\n");
    expect((await client.visitor.send("GET", "/brand/other/style.css")).status).to.equal(404);
    expect((await client.visitor.send("GET", "/brand/..%2f..%2fx/logo")).status).to.equal(400);
  });

  it("keep the language that was chosen, on every page", async () => {
    const client = host.visitor({ language: "en" });

    await client.open("/reset?lang=de");
    expect(client.page.body).to.contain('<html lang="de"');
    await client.open("/");
    expect(client.page.body).to.contain('<html lang="de"');
    await client.open("/?lang=xx");
    expect(client.page.body).to.contain('<html lang="de"');
  });

  it("lead back to where the session is, with links to the other languages", async () => {
    const client = await host.begun();

    expect(client.page.body).to.contain('href="/reset?lang=fr"');
  });
});
