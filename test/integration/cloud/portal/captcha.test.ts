import { expect } from "chai";
import { createPortalKeys } from "../../../../cloud/keys/portal-keys.ts";
import { TEXTS } from "../../../../cloud/portal/texts/all.ts";
import { WorkCaptcha } from "../../../../cloud/portal/work-captcha.ts";
import { fetchCaptcha } from "../../../../lab/portal-client.ts";
import { type CaptchaChallenge, solveCaptcha } from "../../../../lab/solve-captcha.ts";
import { policySchema } from "../../../../shared/api/policy.ts";
import { isAppError } from "../../../../shared/errors.ts";
import { toBase64url } from "../../../../shared/sealing/bytes.ts";
import { Secret } from "../../../../shared/secret.ts";
import { answerInWords } from "../../../support/answer-in-words.ts";
import { createManualClock } from "../../../support/manual-clock.ts";
import { type PortalHost, startPortalHost } from "../../../support/portal-host.ts";
import { rejection } from "../../../support/rejection.ts";

interface Parameters {
  readonly parameters: Record<string, unknown>;
  readonly signature: string;
}

describe("captcha", () => {
  describe("at the portal", () => {
    let host: PortalHost;

    before(async () => {
      host = await startPortalHost();
    });
    after(() => host[Symbol.asyncDispose]());

    const start = async (
      answer: Readonly<Record<string, string>>,
      client = host.visitor(),
    ): Promise<number> => {
      await client.open("/reset");
      const fields = client.form("/reset/start").fields.map(({ name, value }) => [name, value] as const);
      const page = await client.visitor.post("/reset/start", {
        ...Object.fromEntries(fields),
        userName: "jane",
        ...answer,
      });
      return page.hops[0]?.status ?? 0;
    };

    it("is solved once, and used once", async () => {
      const client = host.visitor();
      const captcha = await fetchCaptcha(client.visitor);

      expect(await start({ captcha })).to.equal(303);
      expect(await start({ captcha })).to.equal(403);
      expect(await start({ captcha: await fetchCaptcha(client.visitor) })).to.equal(303);
    });

    it("is not accepted unsolved, altered or made elsewhere", async () => {
      const { visitor } = host.visitor();
      const read = async () =>
        JSON.parse((await visitor.send("GET", "/captcha")).body) as Parameters & CaptchaChallenge;
      const pack = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64");
      const unpack = (text: string) =>
        JSON.parse(Buffer.from(text, "base64").toString("utf8")) as {
          challenge: Parameters;
          solution: unknown;
        };

      const challenge = await read();
      const good = unpack(solveCaptcha(challenge));
      const altered = {
        ...good.challenge,
        parameters: { ...good.challenge.parameters, expiresAt: 4_000_000_000 },
      };
      for (const captcha of [
        "x",
        "{}",
        pack({}),
        pack({ challenge }),
        pack({ challenge, solution: { counter: 1, derivedKey: "00".repeat(32) } }),
        pack({ challenge: altered, solution: good.solution }),
        pack({ ...good, challenge: { ...good.challenge, signature: "00".repeat(32) } }),
        pack({
          ...good,
          challenge: { ...good.challenge, parameters: { ...good.challenge.parameters, more: 1 } },
        }),
      ])
        expect(await start({ captcha }), captcha.slice(0, 60)).to.equal(403);
      expect(await start({ captcha: pack(good) }), "as it was").to.equal(303);
    });

    it("keeps the name and offers another one when it failed", async () => {
      const client = host.visitor({ nextCaptcha: () => Promise.resolve("nonsense") });
      await client.open("/reset");

      await client.submit("/reset/start", { userName: "jane" });

      expect(await client.text()).to.contain(TEXTS.en.errors.CAPTCHA_INVALID.title);
      expect(client.page.body).to.contain('value="jane"');
      expect(await start({ captcha: await fetchCaptcha(client.visitor) }, client)).to.equal(303);
    });

    it("can be a question in words, without script: five right answers an hour from one place", async () => {
      const address = "2001:db8:ffff::1";
      const options = { address, script: false, answerQuestion: answerInWords };
      for (let i = 0; i < 5; i++) expect(await (await host.begun(options)).screen()).to.equal("reason");
      const wrong = host.visitor({ ...options, answerQuestion: () => "1000" });
      await wrong.open("/reset");
      await wrong.submit("/reset/start", { userName: "jane" });
      expect(wrong.page.status).to.equal(403);

      // Another address of the same block, and even a right answer.
      const late = host.visitor({ ...options, address: "2001:db8:ffff:1::2" });
      await late.open("/reset");
      await late.submit("/reset/start", { userName: "jane" });
      expect(late.page.status).to.equal(429);
      expect(Number(late.page.headers["retry-after"])).to.be.within(3_000, 3_600);
      expect(await start({ captcha: await fetchCaptcha(late.visitor) }, late)).to.equal(303);
    });

    it("takes a question once, and none that was asked long ago", async () => {
      const client = host.visitor({ script: false, answerQuestion: answerInWords });
      await client.open("/reset");
      const { page } = client;
      await client.submit("/reset/start", { userName: "jane" });
      expect(await client.screen()).to.equal("reason");
      client.visitor.cookies.delete("__Host-latchkey-reset");

      client.show(page);
      await client.submit("/reset/start", { userName: "jane" });

      expect(client.page.status).to.equal(403);
    });
  });

  it("is asked for again at the tenant of the name that was typed, as that tenant may ask for more work", async () => {
    await using host = await startPortalHost();
    const client = host.visitor();
    await client.open("/reset");
    expect(client.form("/reset/start").data["captcha"]).to.equal("/captcha");
    const [csrf] = client.form("/reset/start").fields.filter(({ name }) => name === "csrf");

    const typed = { userName: "Jane <b>@Contoso.example", csrf: csrf?.value ?? "", captcha: "wrong" };
    client.show(await client.visitor.post("/reset/start", typed));

    expect(client.page.status).to.equal(403);
    expect(client.form("/reset/start").data["captcha"]).to.equal("/captcha?for=%40contoso.example");
    expect((await client.visitor.send("GET", "/captcha?for=%40contoso.example")).status).to.equal(200);
    expect((await client.visitor.send("GET", `/captcha?for=${"a".repeat(5_000)}`)).status).to.equal(200);
    expect((await client.visitor.send("GET", "/captcha?for=a&for=b")).status).to.equal(200);
  });

  describe("by work", () => {
    const clock = createManualClock(Date.now());
    const portalKeys = createPortalKeys(new Secret(toBase64url(Buffer.alloc(32, 3))));
    let attacked = "";
    const make = (tries: number) => {
      const used = new Set<string>();
      return new WorkCaptcha({
        portalKeys,
        limits: {
          take: () => Promise.resolve(null),
          known: () => Promise.resolve({ person: false, network: false, place: false }),
        },
        limitRules: () => Promise.resolve(policySchema.parse({}).limits),
        isFirstUse: (key) => Promise.resolve(!used.has(key) && used.add(key).has(key)),
        isUnderAttack: (tenantId) => Promise.resolve(tenantId === attacked),
        tries,
        clock,
      });
    };
    const none = { captchaToken: "", captchaAnswer: "" };
    const from = (address: string) => ({ address, tenantId: "contoso" });
    const solved = async (captcha: ReturnType<typeof make>, address: string): Promise<string> =>
      solveCaptcha((await captcha.challenge(address)) as CaptchaChallenge);
    const counterOf = (text: string): number =>
      (JSON.parse(Buffer.from(text, "base64").toString("utf8")) as { solution: { counter: number } }).solution
        .counter;

    it("costs more for an address that begins often, and no more than sixteen times", async () => {
      const captcha = make(4);
      const home = "198.51.100.7";
      const count = async (address: string) => counterOf(await solved(captcha, address));
      expect(await count(home)).to.be.within(4, 8);

      for (let i = 0; i < 160; i++)
        await captcha.check({ ...none, captcha: await solved(captcha, home) }, from(home));

      expect(await count("198.51.100.200"), "of the same block").to.be.within(64, 128);
      expect(await count("203.0.113.9"), "of another one").to.be.within(4, 8);
    });

    it("costs twenty times as much while codes of the tenant are being guessed (T-03)", async () => {
      const captcha = make(4);
      const count = async (tenantId: string | null) =>
        counterOf(solveCaptcha((await captcha.challenge("192.0.2.9", tenantId)) as CaptchaChallenge));
      attacked = "contoso";

      expect(await count("contoso")).to.be.within(80, 160);
      expect(await count("fabrikam"), "of another tenant").to.be.within(4, 8);
      expect(await count(null), "of none yet").to.be.within(4, 8);
      attacked = "";
      expect(await count("contoso"), "afterwards").to.be.within(4, 8);
    });

    it("made before the tenant was known is not enough while that tenant is under attack, so that the cheap one of another tenant buys nothing (finding 3, T-03)", async () => {
      const captcha = make(4);
      const check = async (madeFor: string | null) => {
        const challenge = (await captcha.challenge("192.0.2.9", madeFor)) as CaptchaChallenge;
        const check = captcha.check({ ...none, captcha: solveCaptcha(challenge) }, from("192.0.2.9"));
        return check.then(
          () => "accepted",
          (error: unknown) => isAppError(error, "CAPTCHA_INVALID") && "refused",
        );
      };
      attacked = "contoso";

      expect(await check(null)).to.equal("refused");
      expect(await check("fabrikam")).to.equal("refused");
      expect(await check("contoso")).to.equal("accepted");
      attacked = "";
      expect(await check("fabrikam"), "afterwards").to.equal("accepted");
    });

    it("is good for ten minutes", async () => {
      const captcha = make(4);
      const old = await solved(captcha, "203.0.113.1");
      clock.setWall(clock.now() + 11 * 60_000);

      const error = await rejection(captcha.check({ ...none, captcha: old }, from("203.0.113.1")));

      expect(isAppError(error, "CAPTCHA_INVALID")).to.equal(true);
    });

    it("is checked in less than a millisecond, however dear it was", async () => {
      const captcha = make(400);
      const answers: string[] = [];
      for (let i = 0; i < 5; i++) answers.push(await solved(captcha, "203.0.113.1"));
      const took: number[] = [];
      for (const text of answers) {
        const before = process.cpuUsage();
        await captcha.check({ ...none, captcha: text }, from("203.0.113.1"));
        const { user, system } = process.cpuUsage(before);
        took.push((user + system) / 1_000);
      }

      expect(Math.min(...took)).to.be.lessThan(2);
    });
  });
});
