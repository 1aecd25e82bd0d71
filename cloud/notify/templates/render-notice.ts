/** Renders a notice. It never contains a code, a password or a link. */
import type { Language } from "../../../shared/language.ts";
import type { NoticeKind } from "../../store/delivery-record.ts";
import type { NoticeFacts } from "../notifier.ts";
import type { Content } from "../providers/provider.ts";
import { CATALOGUES } from "./catalogues.ts";
import { cleanFact, fill, sayFacts, sayInstant } from "./facts.ts";
import { toGsm } from "./gsm.ts";
import { mailOf } from "./mail.ts";

export interface NoticeParts {
  readonly kind: NoticeKind;
  readonly language: Language;
  /** Display name. */
  readonly tenant: string;
  readonly reference: string;
  /** Epoch ms. */
  readonly at: number;
  readonly facts: NoticeFacts;
}

const MAX_TENANT_IN_TEXT = 40;
const isForAdministrators = (kind: NoticeKind): boolean => kind.startsWith("admin_");

export function renderNotice(channel: "email" | "text", parts: NoticeParts): Content {
  const { kind, language, reference, at } = parts;
  const catalogue = CATALOGUES[language];
  const texts = catalogue.notices[kind];
  const tenant = cleanFact(parts.tenant, channel === "text" ? MAX_TENANT_IN_TEXT : undefined);
  const facts = sayFacts(parts.facts, catalogue, language);
  facts.set("tenant", tenant);
  facts.set("reference", cleanFact(reference));
  facts.set("time", sayInstant(at, language));
  const say = (line: string): string[] => {
    const text = fill(line, facts);
    return text === null ? [] : [text];
  };

  if (channel === "text") {
    const lines = [texts.text ?? `{tenant}: ${texts.subject}`, `{tenant}: ${texts.subject}`].flatMap(say);
    return { channel, text: toGsm(lines[0] ?? "") };
  }
  const forAdministrators = isForAdministrators(kind);
  // The greeting of an administrator's email has no name, because the name in the facts is that of the user concerned.
  const greeting = forAdministrators ? [] : say(catalogue.greeting);
  return mailOf({
    language,
    tenant,
    subject: `${tenant}: ${texts.subject}`,
    paragraphs: [
      ...(greeting.length === 0 ? [catalogue.plainGreeting] : greeting),
      ...texts.lines.flatMap(say),
      ...say(catalogue.time),
      ...(forAdministrators ? [] : [fill(catalogue.notYouTell, facts) ?? catalogue.notYou]),
    ],
    footer: [...say(catalogue.reference), ...say(catalogue.automatic)],
  });
}
