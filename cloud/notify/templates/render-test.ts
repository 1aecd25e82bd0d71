/** Renders the message that an administrator sends to try a provider, for each channel. */
import type { Language } from "../../../shared/language.ts";
import type { Channel } from "../../../shared/methods.ts";
import type { Content } from "../providers/provider.ts";
import { CATALOGUES } from "./catalogues.ts";
import { cleanFact, fill } from "./facts.ts";
import { toGsm } from "./gsm.ts";
import { mailOf } from "./mail.ts";

interface TestParts {
  readonly language: Language;
  /** Display name. */
  readonly tenant: string;
  readonly reference: string;
}

const MAX_TENANT_IN_TEXT = 40;

export function renderTest(channel: Channel, { language, tenant: name, reference }: TestParts): Content {
  const catalogue = CATALOGUES[language];
  const tenant = cleanFact(name, channel === "email" ? undefined : MAX_TENANT_IN_TEXT);
  const facts = new Map([
    ["tenant", tenant],
    ["reference", reference],
  ]);
  const say = (line: string): string => fill(line, facts) ?? "";
  const { subject, line, ask } = catalogue.test;
  if (channel === "text") return { channel, text: toGsm(say(line)) };
  if (channel === "call") return { channel, ask: say(ask), sentences: [say(line)] };
  return mailOf({
    language,
    tenant,
    subject: `${tenant}: ${subject}`,
    paragraphs: [catalogue.plainGreeting, say(line)],
    footer: [say(catalogue.reference), say(catalogue.automatic)],
  });
}
