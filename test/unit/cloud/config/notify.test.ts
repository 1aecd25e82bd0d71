import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { cloudConfigSchema } from "../../../../cloud/config/config.ts";
import { loadConfig } from "../../../../shared/config/load.ts";
import { isAppError } from "../../../../shared/errors.ts";

const folder = mkdtempSync(join(tmpdir(), "latchkey-notify-config-"));
const write = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
const load = (notify: string) =>
  loadConfig(cloudConfigSchema, {
    file: write("cloud.yaml", `publicUrl: https://latchkey.example.com\nnotify:\n${notify}`),
    environmentPrefix: "LATCHKEY_CLOUD",
    environment: {},
  }).notify;

const problemsOf = (notify: string): string => {
  try {
    load(notify);
  } catch (error) {
    if (isAppError(error, "CONFIG_INVALID")) return (error.details["problems"] as string[]).join("\n");
    throw error;
  }
  return "";
};

const SMTP = "{ name: main, host: smtp.example.com, fromAddress: no-reply@example.com }";
const ACCOUNT = `AC${"0".repeat(32)}`;

describe("configuration of providers", () => {
  let token: string;
  let secret: string;
  before(() => {
    token = write("token", "twilio-token\n");
    secret = write("secret", "sixteen-characters-or-more\n");
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("needs none", () => {
    expect(load("  outbox: false")).to.deep.equal({
      email: [],
      text: [],
      call: [],
      allowedCountries: [],
      outbox: false,
    });
  });

  it("reads the secrets of a list from their files", () => {
    const config = load(`
  email:
    - { name: main, host: smtp.example.com, fromAddress: a@example.com, username: u, passwordFile: ${token} }
  text:
    - { kind: twilio, name: one, accountSid: ${ACCOUNT}, authTokenFile: ${token}, messagingServiceSid: MG${"1".repeat(32)} }
    - { kind: webhook, name: two, url: https://sms.example.com/send, secretFile: ${secret} }
  allowedCountries: [BE, NL]
`);

    expect(config.email[0]?.password?.reveal()).to.equal("twilio-token");
    expect(config.email[0]).to.include({ port: 465, tls: "implicit", timeoutMs: 10_000 });
    expect(config.text.map(({ kind }) => kind)).to.deep.equal(["twilio", "webhook"]);
    expect(JSON.stringify(config)).to.not.match(/twilio-token|sixteen/);
  });

  it("reads the secrets of OAuth and of a gateway from their files", () => {
    const { email, text } = load(`
  email:
    - name: main
      host: smtp.office365.com
      fromAddress: a@example.com
      username: a@example.com
      oauth:
        tokenUrl: https://login.microsoftonline.com/t/oauth2/v2.0/token
        clientId: app
        clientSecretFile: ${token}
        refreshTokenFile: ${secret}
  text:
    - kind: http
      name: gateway
      url: https://sms.example.com/send
      headers: ["Authorization: Bearer {secret}"]
      secretFile: ${token}
      body: '{"to":"{to}","text":"{text}"}'
      answer: { statusPath: status, accepted: [0] }
`);

    expect(email[0]?.oauth?.clientSecret?.reveal()).to.equal("twilio-token");
    expect(email[0]?.oauth?.refreshToken?.reveal()).to.equal("sixteen-characters-or-more");
    expect(text[0]).to.deep.include({ kind: "http", method: "POST", format: "json" });
    expect(JSON.stringify({ email, text })).to.not.match(/twilio-token|sixteen/);
  });

  for (const [what, notify, problem] of [
    ...(
      [
        [
          "OAuth in the clear",
          "tokenUrl: http://login.example.com/token, clientId: a, clientSecretFile: TOKEN",
          "username: u",
          /oauth\.tokenUrl: must be https/,
        ],
        [
          "OAuth without a secret",
          "tokenUrl: https://login.example.com/token, clientId: a",
          "username: u",
          /oauth\.clientSecretFile: is missing/,
        ],
        [
          "OAuth with its secret in the configuration",
          "tokenUrl: https://login.example.com/token, clientId: a, clientSecret: visible",
          "username: u",
          /oauth\.clientSecret: a secret may not be written here/,
        ],
        [
          "OAuth without a mailbox",
          "tokenUrl: https://login.example.com/token, clientId: a, clientSecretFile: TOKEN",
          "port: 587",
          /username: is missing: oauth needs the mailbox/,
        ],
        [
          "OAuth beside a password",
          "tokenUrl: https://login.example.com/token, clientId: a, clientSecretFile: TOKEN",
          "username: u, passwordFile: SECRET",
          /passwordFile: oauth and passwordFile exclude each other/,
        ],
      ] as const
    ).map(
      ([what, oauth, more, problem]) =>
        [what, `  email: [${SMTP.replace("}", `, ${more}, oauth: { ${oauth} } }`)}]`, problem] as const,
    ),
    [
      "mail in the clear",
      `  email: [${SMTP.replace("}", ", tls: none }")}]`,
      /email\.0\.tls: none is allowed only for a loopback host/,
    ],
    [
      "a user name without a password",
      `  email: [${SMTP.replace("}", ", username: u }")}]`,
      /need each other/,
    ],
    ["two providers of one name", `  email: [${SMTP}, ${SMTP}]`, /email\.1\.name: is used twice/],
    [
      "the outbox's name",
      `  email: [${SMTP.replace("main", "outbox")}]`,
      /is reserved for the development outbox/,
    ],
    [
      "a webhook in the clear",
      "  text: [{ kind: webhook, name: a, url: http://sms.example.com, secretFile: SECRET }]",
      /text\.0\.url: must be https/,
    ],
    [
      "a webhook without its secret",
      "  text: [{ kind: webhook, name: a, url: https://sms.example.com }]",
      /text\.0\.secretFile: is missing/,
    ],
    [
      "a secret in the list itself",
      "  text: [{ kind: webhook, name: a, url: https://sms.example.com, secret: visible-visible-visible }]",
      /text\.0\.secret: a secret may not be written here/,
    ],
    [
      "a short secret",
      "  text: [{ kind: webhook, name: a, url: https://sms.example.com, secretFile: SHORT }]",
      /at least 16/,
    ],
    [
      "Twilio without a token",
      `  text: [{ kind: twilio, name: a, accountSid: ${ACCOUNT}, from: "+1" }]`,
      /text\.0\.authTokenFile: is missing/,
    ],
    [
      "Twilio without a sender",
      `  text: [{ kind: twilio, name: a, accountSid: ${ACCOUNT}, authTokenFile: TOKEN }]`,
      /text\.0\.from: is missing/,
    ],
    [
      "calls by a messaging service",
      `  call: [{ kind: twilio, name: a, accountSid: ${ACCOUNT}, authTokenFile: TOKEN, messagingServiceSid: MG${"1".repeat(32)} }]`,
      /calls need from/,
    ],
    [
      "keys of the other kind",
      `  text: [{ kind: webhook, name: a, url: https://x.example, secretFile: SECRET, from: "+1" }]`,
      /text\.0\.from: is not a setting of webhook/,
    ],
    ["a country that is none", "  allowedCountries: [Belgium]", /ISO 3166/],
    ["keys it does not know", "  sms: []", /notify\.sms: not a known key/],
  ] as const)
    it(`refuses ${what}`, () => {
      const text = notify
        .replace("TOKEN", token)
        .replace("SECRET", secret)
        .replace("SHORT", write("short", "short"));

      expect(problemsOf(text)).to.match(problem).and.not.contain("visible");
    });
});
