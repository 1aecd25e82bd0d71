/** In which language a page is: the person's choice, else what the browser asks for. */
import { type Language, LANGUAGES } from "../../shared/language.ts";

/** Of the cookie that keeps the choice; it names nobody. */
export const LANGUAGE_COOKIE = "__Host-latchkey-language";

export const isLanguage = (text: unknown): text is Language =>
  (LANGUAGES as readonly unknown[]).includes(text);

const FALLBACK: Language = "en";
const MAX_HEADER = 200;

/** RFC 9110 12.5.4: the language of the highest weight that we have; of equal ones the first. */
export function acceptedLanguage(header: string | undefined): Language | null {
  let best: { readonly language: Language; readonly weight: number } | null = null;
  for (const part of (header ?? "").slice(0, MAX_HEADER).split(",")) {
    const [range = "", ...parameters] = part.trim().toLowerCase().split(";");
    const language = range.trim().split("-")[0];
    const quality = parameters.map((text) => /^\s*q=([01](?:\.\d{0,3})?)\s*$/.exec(text)?.[1]).find(Boolean);
    const weight = quality === undefined ? 1 : Number(quality);
    if (isLanguage(language) && weight > (best?.weight ?? 0)) best = { language, weight };
  }
  return best?.language ?? null;
}

/** `asked`: of the address (?lang=), `kept`: of the cookie; both as they came. */
export function chooseLanguage(
  asked: unknown,
  kept: string | undefined,
  header: string | undefined,
): Language {
  if (isLanguage(asked)) return asked;
  if (isLanguage(kept)) return kept;
  return acceptedLanguage(header) ?? FALLBACK;
}
