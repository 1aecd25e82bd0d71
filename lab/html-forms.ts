/** Reads the forms of a page like a browser without script. Knows enough HTML for pages that we render ourselves. */

export interface HtmlButton {
  readonly name: string | null;
  readonly value: string;
  readonly text: string;
}

export interface HtmlField {
  readonly name: string;
  readonly type: string;
  readonly value: string;
  /** Whether a radio button or checkbox is chosen. Always true for other fields. */
  readonly checked: boolean;
}

export interface HtmlForm {
  readonly action: string;
  readonly method: "get" | "post";
  readonly fields: readonly HtmlField[];
  readonly buttons: readonly HtmlButton[];
  /** The field's own `data-…` attributes, without the prefix. */
  readonly data: Readonly<Record<string, string>>;
  /** The visible text of the form. */
  readonly text: string;
}

interface Tag {
  readonly name: string;
  readonly closes: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  readonly start: number;
  readonly end: number;
}

const TAG = /<(\/?)([a-z][a-z0-9-]*)((?:[^>"']|"[^"]*"|'[^']*')*)>/gi;
const ATTRIBUTE = /([^\s=/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+)))?/g;

/** Yields every start and end tag in order. */
function* tagsOf(html: string): Generator<Tag> {
  for (const match of html.matchAll(TAG)) {
    const [whole, slash = "", name = "", rest = ""] = match;
    let attributes: Tag["attributes"] | undefined;
    yield {
      name: name.toLowerCase(),
      closes: slash !== "",
      // Read on demand: few attributes are asked for, and reading them is most of the work.
      get attributes() {
        return (attributes ??= attributesOf(rest));
      },
      start: match.index,
      end: match.index + whole.length,
    };
  }
}

function attributesOf(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name = "", double, single, bare] of text.matchAll(ATTRIBUTE))
    found[name.toLowerCase()] = unescapeHtml(double ?? single ?? bare ?? "");
  return found;
}

const FORM_START = /<form\b/gi;
const FORM_END = /<\/form\s*>/gi;

export function formsOf(html: string): HtmlForm[] {
  const forms: HtmlForm[] = [];
  for (const { index: start } of html.matchAll(FORM_START)) {
    FORM_END.lastIndex = start;
    const end = FORM_END.exec(html)?.index ?? html.length;
    const [form, ...inside] = tagsOf(html.slice(start, end));
    if (form !== undefined) forms.push(formOf(html.slice(start, end), form, inside));
  }
  return forms;
}

const FIELDS: ReadonlySet<string> = new Set(["button", "input", "textarea", "select"]);

function formOf(html: string, tag: Tag, inside: readonly Tag[]): HtmlForm {
  const fields: HtmlField[] = [];
  const buttons: HtmlButton[] = [];
  for (const [at, field] of inside.entries()) {
    const { name, closes, end: after } = field;
    if (closes || !FIELDS.has(name)) continue;
    const { attributes } = field;
    if ("disabled" in attributes) continue;
    const until = (): string =>
      html.slice(after, inside.slice(at + 1).find((next) => next.closes && next.name === name)?.start);
    const value = attributes["value"] ?? "";
    if (name === "button")
      buttons.push({
        name: attributes["name"] ?? null,
        value,
        get text() {
          return readableText(until());
        },
      });
    else if (attributes["name"] === undefined) continue;
    else if (name === "input") {
      const type = attributes["type"] ?? "text";
      const isChoice = type === "radio" || type === "checkbox";
      fields.push({
        name: attributes["name"],
        type,
        value: isChoice && value === "" ? "on" : value,
        checked: !isChoice || "checked" in attributes,
      });
    } else if (name === "textarea")
      fields.push({ name: attributes["name"], type: name, value: unescapeHtml(until()), checked: true });
    else if (name === "select") {
      const options = [...tagsOf(until())].filter((option) => option.name === "option" && !option.closes);
      const chosen = options.find((option) => "selected" in option.attributes) ?? options[0];
      const first = chosen?.attributes["value"] ?? "";
      fields.push({ name: attributes["name"], type: name, value: first, checked: true });
    }
  }
  return {
    action: tag.attributes["action"] ?? "",
    method: tag.attributes["method"]?.toLowerCase() === "post" ? "post" : "get",
    fields,
    buttons,
    data: Object.fromEntries(
      Object.entries(tag.attributes)
        .filter(([name]) => name.startsWith("data-"))
        .map(([name, value]) => [name.slice("data-".length), value]),
    ),
    get text() {
      return readableText(html.slice(tag.end));
    },
  };
}

/** Returns the attributes of the first start tag that has this attribute; null when there is none. */
export function tagWith(html: string, attribute: string): Readonly<Record<string, string>> | null {
  for (const { closes, attributes } of tagsOf(html))
    if (!closes && attribute in attributes) return attributes;
  return null;
}

/** Returns the visible text in one line, without scripts and styles. */
export function readableText(html: string): string {
  return unescapeHtml(
    html
      .replace(/<(script|style|template)\b[\s\S]*?<\/\1>/gi, " ")
      .replace(/<!--[\s\S]*?-->|<![^>]*>/g, " ")
      .replace(TAG, " "),
  )
    .replace(/\s+/g, " ")
    .trim();
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
};

function unescapeHtml(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|[a-z]+);/gi, (whole, name: string) => {
    if (name.startsWith("#x") || name.startsWith("#X"))
      return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
    if (name.startsWith("#")) return String.fromCodePoint(Number(name.slice(1)));
    return ENTITIES[name.toLowerCase()] ?? whole;
  });
}
