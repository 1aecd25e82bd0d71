/** The language of a page: the user's choice, otherwise the one that the browser prefers. */
import { type Language, LANGUAGES } from "../../shared/language.ts";

/** Name of the cookie that stores the choice. It identifies no one. */
export const LANGUAGE_COOKIE = "__Host-latchkey-language";

export const isLanguage = (text: unknown): text is Language =>
  (LANGUAGES as readonly unknown[]).includes(text);

const FALLBACK: Language = "en";
const MAX_HEADER = 200;

/** Picks the supported language with the highest weight (RFC 9110 12.5.4); among equal weights, the first. */
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

/** `asked` comes from the address (?lang=), `stored` from the cookie; neither has been checked. */
export function chooseLanguage(
  asked: unknown,
  stored: string | undefined,
  header: string | undefined,
): Language {
  if (isLanguage(asked)) return asked;
  if (isLanguage(stored)) return stored;
  return acceptedLanguage(header) ?? FALLBACK;
}
