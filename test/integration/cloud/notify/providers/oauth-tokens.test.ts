import { expect } from "chai";
import { notifyConfigSchema } from "../../../../../cloud/config/notify.ts";
import type { Provider, ProviderAnswer } from "../../../../../cloud/notify/providers/provider.ts";
import { createSmtpProvider } from "../../../../../cloud/notify/providers/smtp-provider.ts";
import { freePort } from "../../../../../lab/free-port.ts";
import { newId } from "../../../../../shared/ids.ts";
import { secureSmtpProvider } from "../../../../support/notifier-node.ts";
import { type SmtpServer, startSmtpServer } from "../../../../support/smtp-server.ts";
import { OAUTH_CLIENT, startTokenEndpoint, type TokenEndpoint } from "../../../../support/token-endpoint.ts";

const MAILBOX = "no-reply@contoso.example";

describe("mail with OAuth 2", () => {
  let endpoint: TokenEndpoint;
  let smtp: SmtpServer;
  let provider: Provider<"email">;
  let aheadMs: number;

  beforeEach(async () => {
    endpoint = await startTokenEndpoint();
    aheadMs = 0;
  });
  afterEach(async () => {
    await provider.close();
    await smtp.close();
    await endpoint.close();
  });

  async function start(
    oauth: Readonly<Record<string, unknown>> = {},
    refusesTokensWith: 334 | 535 = 334,
  ): Promise<void> {
    smtp = await startSmtpServer("starttls", { isTokenGood: endpoint.isGood, refusesTokensWith });
    const withTls = secureSmtpProvider(smtp, "starttls") as Record<string, unknown>;
    const [entry] = notifyConfigSchema.parse({
      email: [
        {
          ...withTls,
          password: undefined,
          username: MAILBOX,
          oauth: {
            tokenUrl: endpoint.url,
            clientId: OAUTH_CLIENT.id,
            clientSecret: OAUTH_CLIENT.secret,
            scope: "https://outlook.office365.com/.default",
            ...oauth,
          },
        },
      ],
    }).email;
    if (entry === undefined) throw new Error("no provider");
    provider = createSmtpProvider(entry, { now: () => Date.now() + aheadMs });
  }
  const send = (to = "ann@contoso.example"): Promise<ProviderAnswer> =>
    provider.send({
      id: newId(),
      tenantId: "contoso",
      correlationId: newId(),
      kind: "test",
      language: "en",
      to,
      expiresAt: null,
      otp: null,
      content: { channel: "email", subject: "Test", text: "text", html: "<p>text</p>" },
    });

  it("fetches one token by client credentials for all connections, and keeps it", async () => {
    await start();

    const answers = await Promise.all([send(), send(), send(), send()]);
    answers.push(await send());

    expect(answers.map(({ kind }) => kind)).to.deep.equal(new Array(5).fill("taken"));
    expect(endpoint.forms).to.deep.equal([
      {
        grant_type: "client_credentials",
        client_id: OAUTH_CLIENT.id,
        client_secret: OAUTH_CLIENT.secret,
        scope: "https://outlook.office365.com/.default",
      },
    ]);
    expect(smtp.received[0]).to.include({ user: MAILBOX, isEncrypted: true });
  });

  for (const how of [334, 535] as const)
    it(`fetches another token when the server refuses the one it has (${how})`, async () => {
      await start({}, how);
      await send();
      await smtp.dropConnections();
      endpoint.revokeAll();

      const answer = await send();

      expect(answer.kind).to.equal("taken");
      expect(endpoint.issued).to.deep.equal(["access-token-1", "access-token-2"]);
      expect(smtp.received).to.have.length(2);
    });

  it("fetches another token before the one it has expires", async () => {
    await start();
    await send();
    await smtp.dropConnections();
    aheadMs = 3_590_000;

    expect((await send()).kind).to.equal("taken");
    expect(endpoint.issued).to.have.length(2);
  });

  it("uses a refresh token, and the one that takes its place", async () => {
    await start({ refreshToken: "refresh-token-1", scope: undefined });
    await send();
    await smtp.dropConnections();
    endpoint.revokeAll();

    expect((await send()).kind).to.equal("taken");
    expect(endpoint.forms.map((form) => form["refresh_token"])).to.deep.equal([
      "refresh-token-1",
      "refresh-token-2",
    ]);
    expect(endpoint.forms[0]).to.include({ grant_type: "refresh_token" }).and.not.to.have.property("scope");
  });

  it("says why the token endpoint refuses, without a secret, and does not ask again at once", async () => {
    await start();
    endpoint.expectSecret("another-secret");

    const answers = [await send(), await send()];

    const why =
      "no OAuth token from HOST: HTTP 401 invalid_client, AADSTS7000215; check clientId and clientSecretFile; the secret may have expired";
    for (const answer of answers)
      expect(answer).to.deep.equal({
        kind: "busy",
        why: why.replace("HOST", new URL(endpoint.url).host),
      });
    expect(endpoint.forms).to.have.length(1);
  });

  it("says that the refresh token is of no use any more", async () => {
    await start({ refreshToken: "an-old-one" });
    expect(await send())
      .to.have.property("why")
      .that.contains("invalid_grant; the refresh token has expired");
  });

  it("says which layer failed on the way to the token endpoint", async () => {
    await start({ tokenUrl: `http://127.0.0.1:${await freePort()}/token` });
    expect(await send())
      .to.have.property("why")
      .that.matches(/^no OAuth token from 127\.0\.0\.1:\d+: nothing listens at that address and port/);
  });

  it("says that the mail server refuses every token", async () => {
    await start({}, 535);
    endpoint.liveFor(3_600);
    const refuse = setInterval(() => endpoint.revokeAll(), 1);
    try {
      expect(await send()).to.deep.equal({
        kind: "refused",
        of: "provider",
        why: "login refused: SMTP 535 5.7.3 Authentication unsuccessful; a token was given, so check that this client may sign in as username (permission, scope, SMTP AUTH of the mailbox)",
      });
      expect(endpoint.issued).to.have.length(2);
    } finally {
      clearInterval(refuse);
    }
  });
});
