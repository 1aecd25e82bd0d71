/** Makes callback addresses for providers. The token in it names the message and cannot be forged. */
import { z } from "zod";
import { isEqualInConstantTime } from "../../shared/constant-time.ts";
import { isAppError } from "../../shared/errors.ts";
import { LANGUAGES } from "../../shared/language.ts";
import { parseJson } from "../../shared/parse-json.ts";
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
  /**
   * Returns the address at which a call gets what it says. The address itself contains the speech, sealed, because the
   * code in it is stored nowhere and the request may reach another node.
   */
  speechUrl(speech: Speech): string;
  openSpeech(sealed: string): { readonly speech: Speech; readonly url: string } | null;
}

/** What a call says once a key was pressed. */
const speechSchema = z.strictObject({
  provider: z.string(),
  language: z.enum(LANGUAGES),
  sentences: z.array(z.string()),
  /** Epoch ms. Nothing is said afterwards. */
  until: z.int(),
});
export type Speech = z.infer<typeof speechSchema>;

export const TWILIO_SPEECH_PATH = "/notify/twilio-speech";
export const TWILIO_CALLBACK_PATH = "/notify/twilio/";

export function createCallbackTokens(portalKeys: PortalKeys, publicUrl: string): CallbackTokens {
  const base = publicUrl.replace(/\/+$/, "");
  const digest = (provider: string, { tenantId, id }: Message): Buffer =>
    portalKeys.digest("notify-callback", [tenantId, id, provider]);
  const urlOf = (token: string): string => `${base}${TWILIO_CALLBACK_PATH}${token}`;
  const speechUrlOf = (sealed: string): string => `${base}${TWILIO_SPEECH_PATH}?speech=${sealed}`;
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
    speechUrl: (speech) =>
      speechUrlOf(portalKeys.seal("notify-speech", [], Buffer.from(JSON.stringify(speech), "utf8"))),
    openSpeech(sealed) {
      try {
        const text = portalKeys.open("notify-speech", [], sealed).toString("utf8");
        return { speech: speechSchema.parse(parseJson(text)), url: speechUrlOf(sealed) };
      } catch (error) {
        if (isAppError(error, "RECORD_CORRUPT")) return null;
        throw error;
      }
    },
  };
}
