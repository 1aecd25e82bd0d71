/** Makes callback addresses for providers. The token in it names the message and cannot be forged. */
import { isEqualInConstantTime } from "../../shared/constant-time.ts";
import { fromBase64url, toBase64url } from "../../shared/sealing/bytes.ts";
import type { PortalKeys } from "../keys/portal-keys.ts";

interface Message {
  readonly tenantId: string;
  readonly id: string;
}

export interface CallbackTokens {
  url(provider: string, message: Message): string;
  /**
   * Opens a token. `url` is the complete address with the token, which providers sign. Returns null for a forged token.
   */
  open(token: string): (Message & { readonly provider: string; readonly url: string }) | null;
}

export const TWILIO_CALLBACK_PATH = "/notify/twilio/";

export function createCallbackTokens(portalKeys: PortalKeys, publicUrl: string): CallbackTokens {
  const base = publicUrl.replace(/\/+$/, "");
  const digest = (provider: string, { tenantId, id }: Message): Buffer =>
    portalKeys.digest("notify-callback", [tenantId, id, provider]);
  const urlOf = (token: string): string => `${base}${TWILIO_CALLBACK_PATH}${token}`;
  return {
    url: (provider, message) =>
      urlOf([message.tenantId, message.id, provider, toBase64url(digest(provider, message))].join(".")),
    open(token) {
      const [tenantId = "", id = "", provider = "", proof = ""] = token.split(".");
      const given = fromBase64url(proof);
      const expected = digest(provider, { tenantId, id });
      if (!isEqualInConstantTime(given, expected)) return null;
      return { tenantId, id, provider, url: urlOf(token) };
    },
  };
}
