/** Fetches the access tokens that a mail server takes instead of a password (RFC 6749), and keeps them while they are good. */
import { z } from "zod";
import type { Clock } from "../../../shared/clock.ts";
import { MINUTE_MS } from "../../../shared/durations.ts";
import { parseJson } from "../../../shared/parse-json.ts";
import { Secret } from "../../../shared/secret.ts";
import { networkProblemOf } from "../../../shared/system-errors.ts";
import type { OAuthConfig } from "../../config/email-provider.ts";
import { readBounded } from "./read-bounded.ts";

export interface AccessToken {
  readonly token: Secret;
  /** Epoch ms. */
  readonly expiresAt: number;
}

export interface OAuthTokens {
  /** Rejects with an OAuthError. Requests at the same time share one request to the token endpoint. */
  get(): Promise<AccessToken>;
  /** The mail server refused the token: the next `get` fetches another one. */
  drop(): void;
}

/** No token was to be had. The message names the layer that failed and no secret. */
export class OAuthError extends Error {
  override readonly name = "OAuthError";
}

export interface OAuthTokensDeps {
  readonly config: OAuthConfig;
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, "now">;
  readonly signal: AbortSignal;
}

/** A token is renewed this long before it expires, so that none expires on its way. */
const EARLY_MS = MINUTE_MS;
/** RFC 6749 5.1 only recommends `expires_in`. */
const DEFAULT_SECONDS = 600;
/** A failed request is not repeated for this long: a code is tried again every few seconds. */
const PAUSE_MS = 10_000;

const tokenSchema = z.object({
  access_token: z.string().min(1).max(16_384),
  token_type: z.string().optional(),
  expires_in: z.coerce.number().min(1).max(31_536_000).optional().catch(undefined),
  refresh_token: z.string().min(1).max(16_384).optional().catch(undefined),
});
const errorSchema = z.object({
  error: z.string().regex(/^[a-z_]{1,64}$/),
  error_description: z.string().optional().catch(undefined),
});

export function createOAuthTokens({ config, timeoutMs, clock, signal }: OAuthTokensDeps): OAuthTokens {
  const { tokenUrl, clientId, clientSecret, scope } = config;
  const { host } = new URL(tokenUrl);
  /** An endpoint may replace the refresh token with each answer. The file keeps the first one. */
  let { refreshToken } = config;
  let present: AccessToken | null = null;
  let fetching: Promise<AccessToken> | null = null;
  let failed: { readonly error: OAuthError; readonly until: number } | null = null;

  function formOf(): URLSearchParams {
    const form = new URLSearchParams({
      grant_type: refreshToken === undefined ? "client_credentials" : "refresh_token",
      client_id: clientId,
    });
    if (clientSecret !== undefined) form.set("client_secret", clientSecret.reveal());
    if (refreshToken !== undefined) form.set("refresh_token", refreshToken.reveal());
    if (scope !== undefined) form.set("scope", scope);
    return form;
  }

  async function ask(): Promise<{ status: number; text: string }> {
    try {
      const response = await fetch(tokenUrl, {
        method: "POST",
        headers: { accept: "application/json", "user-agent": "latchkey" },
        body: formOf(),
        redirect: "manual", // never send the secret to another address
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      return { status: response.status, text: await readBounded(response) };
    } catch (error) {
      throw new OAuthError(`no OAuth token from ${host}: ${networkProblemOf(error)?.reason ?? "unknown"}`);
    }
  }

  async function fetchToken(): Promise<AccessToken> {
    const askedAt = clock.now();
    const { status, text } = await ask();
    const { data } = tokenSchema.safeParse(parseJson(text));
    if (status !== 200 || data === undefined)
      throw new OAuthError(`no OAuth token from ${host}: ${refusalOf(status, text)}`);
    if (data.refresh_token !== undefined && refreshToken !== undefined)
      refreshToken = new Secret(data.refresh_token);
    const lifeMs = (data.expires_in ?? DEFAULT_SECONDS) * 1_000;
    return { token: new Secret(data.access_token), expiresAt: askedAt + lifeMs };
  }

  return {
    async get() {
      if (present !== null && clock.now() < present.expiresAt - EARLY_MS) return present;
      if (failed !== null && clock.now() < failed.until) throw failed.error;
      fetching ??= fetchToken().finally(() => (fetching = null));
      try {
        present = await fetching;
        failed = null;
        return present;
      } catch (error) {
        if (error instanceof OAuthError) failed = { error, until: clock.now() + PAUSE_MS };
        throw error;
      }
    },
    drop() {
      present = null;
    },
  };
}

/** Uses the error codes alone: the description may name users. Entra ID puts its own code in front of it. */
function refusalOf(status: number, text: string): string {
  const { data } = errorSchema.safeParse(parseJson(text));
  if (data === undefined)
    return status === 200
      ? "the answer has no access_token; check tokenUrl"
      : `HTTP ${status}, which is no answer of OAuth 2; check tokenUrl`;
  const [own] = /^AADSTS\d{1,10}/.exec(data.error_description ?? "") ?? [];
  const advice = ADVICE[data.error];
  return `HTTP ${status} ${data.error}${own === undefined ? "" : `, ${own}`}${advice === undefined ? "" : `; ${advice}`}`;
}

/** RFC 6749 5.2. */
const ADVICE: Readonly<Record<string, string>> = {
  invalid_client: "check clientId and clientSecretFile; the secret may have expired",
  invalid_grant: "the refresh token has expired or was revoked; put a new one into refreshTokenFile",
  invalid_scope: "check scope",
  unauthorized_client: "allow this client the grant at the provider",
};
