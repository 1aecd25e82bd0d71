/** The phone number that a visitor types in full. It guards against misdialling and proves nothing: any colleague can look it up. */
import { isEqualInConstantTime } from "../../shared/constant-time.ts";
import { parsePhone, type PhoneRegion, plainNumber } from "../../shared/phone.ts";

const MAX_TYPED_NUMBER = 64;

/** `ext. 3`, `x3`, `#3`, `;ext=3` at the end. */
const EXTENSION = / ?(?:[;,]? ?ext(?:ension|n)?[.:=]? ?|x ?|# ?)[0-9]{1,6}$/i;
const withoutExtension = (typed: string): string => plainNumber(typed).replace(EXTENSION, "");
const digitsOf = (typed: string): string => withoutExtension(typed).replace(/[^0-9]/g, "");

/** Rejects texts that cannot be a number. This is the only check before the answer, and is the same for every name. */
export function looksLikeNumber(typed: string): boolean {
  if (typed.length > MAX_TYPED_NUMBER || /[\r\n]/.test(typed)) return false;
  const digits = digitsOf(typed).length;
  return digits >= 4 && digits <= 20 && /^[0-9+() ./-]+$/.test(withoutExtension(typed));
}

/** Compares numbers in any notation: international, or national in the number's own country or the tenant's. */
export function isSameNumber(typed: string, e164: string, tenantRegion: string): boolean {
  const known = parsePhone(e164, "US"); // the number has its country code, so the region has no effect
  const own = known.ok ? known.country : null;
  const regions = [...new Set([own, tenantRegion])].filter((region) => region !== null);
  const forms = regions
    .map((region) => parsePhone(typed, region as PhoneRegion))
    .flatMap((result) => (result.ok ? [result.e164] : []));
  forms.push(`+${digitsOf(typed)}`);
  return forms.map((form) => isEqualInConstantTime(form, e164)).includes(true);
}

/** Returns the number that was typed, in E.164; its bare digits where it is none. */
export function typedAsE164(typed: string, region: string): string {
  const parsed = parsePhone(typed, region as PhoneRegion);
  return parsed.ok ? parsed.e164 : `+${digitsOf(typed)}`;
}
