/** The phone number that a visitor types in full. It guards against misdialling and proves nothing: any colleague can look it up. */
import { isEqualInConstantTime } from "../../shared/constant-time.ts";
import { parsePhone, type PhoneRegion } from "../../shared/phone.ts";

/** Rejects texts that cannot be a number. This is the only check before the answer, and is the same for every name. */
export function looksLikeNumber(typed: string): boolean {
  if (typed.length > 64) return false;
  const plain = typed.normalize("NFKC").trim();
  const digits = plain.replace(/[^0-9]/g, "").length;
  return digits >= 4 && digits <= 20 && /^[0-9+() \t./-]+$/u.test(plain.replace(/\p{Dash}/gu, "-"));
}

/** Compares numbers in any notation: international, or national in the number's own country or the tenant's. */
export function isSameNumber(typed: string, e164: string, tenantRegion: string): boolean {
  const known = parsePhone(e164, "US"); // the number has its country code, so the region has no effect
  const own = known.ok ? known.country : null;
  const plain = typed.normalize("NFKC").replace(/\p{Dash}/gu, "-");
  const regions = [...new Set([own, tenantRegion])].filter((region) => region !== null);
  const forms = regions
    .map((region) => parsePhone(plain, region as PhoneRegion))
    .flatMap((result) => (result.ok ? [result.e164] : []));
  forms.push(`+${plain.replace(/[^0-9]/g, "")}`);
  return forms.map((form) => isEqualInConstantTime(form, e164)).includes(true);
}
