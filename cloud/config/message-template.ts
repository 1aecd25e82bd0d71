/** Templates of requests to an HTTP gateway: `{name}` stands for a value, which is escaped for the place where it stands. */
const PLACEHOLDER = /\{([A-Za-z]+)\}/g;

/** Everything that a template may contain. */
export const PLACEHOLDERS = [
  /** Number with `+` and country code. */
  "to",
  /** The same without `+`. */
  "toDigits",
  "text",
  /** The key `from`. */
  "from",
  /** Id of the message, the same for every try. */
  "id",
  "language",
  /** Seconds for which the message is of use. */
  "validSeconds",
  /** Content of `secretFile`. */
  "secret",
  /** Base64 of `username:secret`, for the header `Authorization: Basic {basic}`. */
  "basic",
] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];
export type PlaceholderValues = Readonly<Record<Placeholder, string>>;
export type BodyFormat = "json" | "form";

export const placeholdersIn = (template: string): string[] =>
  [...template.matchAll(PLACEHOLDER)].map(([, name = ""]) => name);

const isPlaceholder = (name: string): name is Placeholder =>
  (PLACEHOLDERS as readonly string[]).includes(name);

function fill(template: string, values: PlaceholderValues, escape: (value: string) => string): string {
  return template.replace(PLACEHOLDER, (whole, name: string) =>
    isPlaceholder(name) ? escape(values[name]) : whole,
  );
}

export const fillUrl = (template: string, values: PlaceholderValues): string =>
  fill(template, values, encodeURIComponent);

/** A header cannot have line breaks. The configuration does not allow `{text}` there. */
export const fillHeader = (template: string, values: PlaceholderValues): string =>
  fill(template, values, (value) => value.replace(/[^\x20-\x7e]/g, ""));

export const fillBody = (template: string, format: BodyFormat, values: PlaceholderValues): string =>
  fill(
    template,
    values,
    format === "form" ? encodeURIComponent : (value) => JSON.stringify(value).slice(1, -1),
  );
