/** Starts a real OAuth 2 token endpoint (RFC 6749) that gives a new access token for each request. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export const OAUTH_CLIENT = { id: "client-1", secret: "client-secret-of-the-app" } as const;

export type TokenEndpoint = Awaited<ReturnType<typeof startTokenEndpoint>>;

export async function startTokenEndpoint(refreshToken = "refresh-token-1") {
  const issued: string[] = [];
  const forms: Readonly<Record<string, string>>[] = [];
  let good = new Set<string>();
  let lifeSeconds = 3_600;
  let expected: string = OAUTH_CLIENT.secret;
  let refresh = refreshToken;

  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const form = Object.fromEntries(new URLSearchParams(body));
      forms.push(form);
      const answer = (status: number, fields: Readonly<Record<string, unknown>>): void => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(fields));
      };
      if (form["client_id"] !== OAUTH_CLIENT.id || form["client_secret"] !== expected)
        answer(401, {
          error: "invalid_client",
          error_description: `AADSTS7000215: Invalid client secret ${form["client_secret"] ?? ""} provided.`,
        });
      else if (form["grant_type"] === "refresh_token" && form["refresh_token"] !== refresh)
        answer(400, { error: "invalid_grant" });
      else {
        const token = `access-token-${issued.length + 1}`;
        issued.push(token);
        good.add(token);
        if (form["grant_type"] === "refresh_token") refresh = `refresh-token-${issued.length + 1}`;
        answer(200, {
          access_token: token,
          token_type: "Bearer",
          expires_in: lifeSeconds,
          ...(form["grant_type"] === "refresh_token" ? { refresh_token: refresh } : {}),
        });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/oauth2/v2.0/token`,
    issued,
    forms,
    isGood: (token: string): boolean => good.has(token),
    /** Makes every token so far useless, as a revocation does. */
    revokeAll: () => (good = new Set()),
    liveFor: (seconds: number) => (lifeSeconds = seconds),
    expectSecret: (secret: string) => (expected = secret),
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
