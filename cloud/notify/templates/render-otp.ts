/** Renders the message with a one-time code, for each channel. */
import type { Language } from "../../../shared/language.ts";
import type { Channel } from "../../../shared/methods.ts";
import type { Secret } from "../../../shared/secret.ts";
import type { Content } from "../providers/provider.ts";
import { CATALOGUES } from "./catalogues.ts";
import { cleanFact, fill } from "./facts.ts";
import { gsmLength, MAX_GSM_LENGTH, toGsm } from "./gsm.ts";
import { mailOf } from "./mail.ts";

export interface OtpParts {
  readonly language: Language;
  /** Display name. */
  readonly tenant: string;
  readonly otp: Secret;
  readonly minutes: number;
  /** Host of the portal. Browsers offer to fill in the code only there. */
  readonly host: string;
  /** Id of the attempt or session. */
  readonly reference: string;
}

const MAX_TENANT_IN_TEXT = 40;

export function renderOtp(channel: Channel, parts: OtpParts): Content {
  const { otp } = CATALOGUES[parts.language];
  const digits = parts.otp.reveal();
  if (channel === "email") return mail(parts, digits);
  if (channel === "text") return { channel, text: textMessage(parts, digits) };
  const tenant = cleanFact(parts.tenant);
  const said = Array.from(digits).join(", ");
  const ask = fill(otp.call.ask, new Map([["tenant", tenant]])) ?? "";
  return { channel, ask, sentences: [otp.call.intro, `${said}.`, otp.call.again, `${said}.`, otp.call.end] };
}

function mail({ language, tenant: name, minutes, reference }: OtpParts, digits: string): Content {
  const catalogue = CATALOGUES[language];
  const tenant = cleanFact(name);
  const facts = new Map([
    ["tenant", tenant],
    ["minutes", String(minutes)],
    ["reference", reference],
  ]);
  const say = (line: string): string => fill(line, facts) ?? "";
  const { before, after, subject } = catalogue.otp;
  return mailOf({
    language,
    tenant,
    subject: say(subject),
    paragraphs: [catalogue.plainGreeting, before, { digits }, ...after.map(say)],
    footer: [say(catalogue.reference), say(catalogue.automatic)],
  });
}

function textMessage({ language, tenant, host }: OtpParts, digits: string): string {
  const facts = new Map([
    ["tenant", cleanFact(tenant, MAX_TENANT_IN_TEXT)],
    ["otp", digits],
  ]);
  const text = toGsm(fill(CATALOGUES[language].otp.text, facts) ?? "");
  // "Origin-bound one-time codes delivered via SMS" (WICG): the last line is for the browser.
  const bound = `${text}\n\n@${host} #${digits}`;
  return (gsmLength(bound) ?? Infinity) <= MAX_GSM_LENGTH ? bound : text;
}
