/** Cleans values from users and directories for use in messages, and translates fixed words. */
import { z } from "zod";
import type { Language } from "../../../shared/language.ts";
import { METHODS } from "../../../shared/methods.ts";
import { DESTINATION_FIELDS } from "../../store/user-record.ts";
import { type Fact, NOTICE_REASONS, type NoticeFacts } from "../notifier.ts";
import type { Catalogue } from "./catalogue.ts";

const MAX_FACT = 200;
const MAX_MESSAGE = 1_000;

/** Control characters, line and paragraph separators, and characters that change the direction of text. */
const UNFIT = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;
/** Text that mail programs turn into links: an address with a scheme, www, or a name with a path. */
const LINK = /\b[a-z][a-z0-9+.-]{1,20}:\/\/\S*|\bwww\.\S+|\b[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+\/\S*/giu;

/** Makes one line of bounded length, without control characters and links. */
export function cleanFact(text: string, most = MAX_FACT): string {
  const line = text
    .slice(0, most * 4)
    .replace(UNFIT, " ")
    .replace(LINK, "[…]")
    .replace(/ {2,}/g, " ")
    .trim();
  const characters = Array.from(line);
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join("")}…`;
}

const PLACEHOLDER = /\{(\w+)\}/g;

const format = (locale: string) =>
  new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });
/** Created once: creating one takes longer than the rest of a message. */
const FORMATS: Readonly<Record<Language, Intl.DateTimeFormat>> = {
  en: format("en-GB"),
  nl: format("nl-NL"),
  de: format("de-DE"),
  fr: format("fr-FR"),
  es: format("es-ES"),
};

/** `22 November 2026 at 12:07 UTC` */
export const sayInstant = (at: number, language: Language): string => `${FORMATS[language].format(at)} UTC`;

/** Undefined for a key that the table does not have. */
const wordOf = <T extends string>(table: Readonly<Record<T, string>>, key: string): string | undefined =>
  Object.hasOwn(table, key) ? table[key as T] : undefined;

/** Undefined when the list has no word of the table. */
function sayList<T extends string>(
  value: string,
  words: readonly T[],
  table: Readonly<Record<T, string>>,
): string | undefined {
  const known = value.split(",").flatMap((part) => words.filter((word) => word === part.trim()));
  return known.length === 0 ? undefined : known.map((word) => table[word]).join(", ");
}

/** Methods registered lately, as `recentFact` (people/recent-methods.ts) prints them. */
const recentSchema = z.array(
  z.object({
    method: z.enum(METHODS),
    shown: z
      .string()
      .transform((text) => cleanFact(text))
      .nullable(),
    at: z.int().min(0),
  }),
);
function parseRecent(value: string): z.infer<typeof recentSchema> {
  try {
    return recentSchema.parse(JSON.parse(value));
  } catch {
    return [];
  }
}

type Say = (value: string, catalogue: Catalogue, language: Language) => string | undefined;

/** Fixed words are translated into the reader's language. All other facts are repeated as they are. */
const SAY: Readonly<Partial<Record<Fact, Say>>> = {
  method: (value, { methods }) => sayList(value, METHODS, methods),
  changed: (value, { destinations }) => sayList(value, DESTINATION_FIELDS, destinations),
  reason: (value, { reasons }) =>
    (NOTICE_REASONS as readonly string[]).includes(value) ? wordOf(reasons, value) : undefined,
  event: (value, { events }) => wordOf(events, value),
  operation: (value, { operations }) => wordOf(operations, value),
  outcome: (value, { outcomes }) => wordOf(outcomes, value),
  proven: (value, { proven }) => wordOf(proven, value),
  until: (value, _catalogue, language) => {
    const at = /^\d{1,15}$/.test(value) ? Number(value) : Date.parse(value);
    return Number.isNaN(at) ? undefined : sayInstant(at, language);
  },
  recent: (value, { methods }, language) =>
    parseRecent(value)
      .map(({ method, shown, at }) =>
        [methods[method], shown ?? "", `(${sayInstant(at, language)})`]
          .filter((part) => part !== "")
          .join(" "),
      )
      .join("; "),
  message: (value) => cleanFact(value, MAX_MESSAGE),
};

/** Prepares facts for a message. Leaves out those that have no text. */
export function sayFacts(facts: NoticeFacts, catalogue: Catalogue, language: Language): Map<string, string> {
  const said = new Map<string, string>();
  for (const [name, value] of Object.entries(facts)) {
    const say = SAY[name as Fact];
    const text = say === undefined ? cleanFact(value) : say(value, catalogue, language);
    if (text !== undefined && text !== "") said.set(name, text);
  }
  return said;
}

/** Null when a fact of the line is missing. Placeholders inside values are not replaced. */
export function fill(line: string, facts: ReadonlyMap<string, string>): string | null {
  const isWhole = Array.from(line.matchAll(PLACEHOLDER)).every(([, name = ""]) => facts.has(name));
  return isWhole ? line.replace(PLACEHOLDER, (_, name: string) => facts.get(name) ?? "") : null;
}
