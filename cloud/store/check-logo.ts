/** Checks whether an image is safe to show on the page on which users type their passwords. */
import { type LogoType, MAX_LOGO_BYTES } from "../../shared/api/brand.ts";

export type LogoCheck =
  { readonly ok: true; readonly type: LogoType } | { readonly ok: false; readonly problem: string };

const refuse = (problem: string): LogoCheck => ({ ok: false, problem });

/** Determines the type from the first bytes, never from a file name or a caller's claim, and checks an SVG's content. */
export function checkLogo(bytes: Buffer): LogoCheck {
  if (bytes.length > MAX_LOGO_BYTES) return refuse(`it is larger than ${MAX_LOGO_BYTES / 1024} KiB`);
  if (startsWith(bytes, 0, "\x89PNG\r\n\x1a\n")) return { ok: true, type: "image/png" };
  if (startsWith(bytes, 0, "\xff\xd8\xff")) return { ok: true, type: "image/jpeg" };
  if (startsWith(bytes, 0, "RIFF") && startsWith(bytes, 8, "WEBP")) return { ok: true, type: "image/webp" };
  const text = toUtf8(bytes);
  if (text === null || !/^\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--[^>]*-->\s*)*<svg[\s/>]/.test(text))
    return refuse("it is not a PNG, JPEG, WebP or SVG (UTF-8) image");
  const problem = problemOfSvg(text);
  return problem === null ? { ok: true, type: "image/svg+xml" } : refuse(`this SVG ${problem}`);
}

const startsWith = (bytes: Buffer, at: number, magic: string): boolean =>
  bytes.subarray(at, at + magic.length).equals(Buffer.from(magic, "latin1"));

function toUtf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** SVG elements that only draw: shapes, text and paint. None of them runs, animates or loads anything. */
const SVG_ELEMENTS: ReadonlySet<string> = new Set(
  (
    "svg g defs symbol use title desc path rect circle ellipse line polyline polygon text tspan style " +
    "linearGradient radialGradient stop clipPath mask pattern marker"
  ).split(" "),
);

/**
 * Patterns an SVG must not match: an SVG can run scripts, embed pages and fetch from other servers. The raw text is
 * checked, comments included, so that no parser can read it differently. Entities and escapes are refused first,
 * because they could hide words from these patterns.
 */
const SVG_FAULTS: readonly (readonly [pattern: RegExp, problem: string])[] = [
  [/<!(?!--)/, "has a DOCTYPE, an entity or a CDATA section"],
  [/<\?(?!xml\s)/, "has a processing instruction"],
  [/encoding\s*=\s*["'](?!utf-8["'])/i, "has an encoding other than UTF-8"],
  [/&(?!(?:amp|lt|gt|quot|apos);)/, "has character references"],
  [/\\/, "has escapes in its styles"],
  [/[\s"'/]on[a-z]+\s*=/i, "has an event handler (on…=)"],
  [/(?:href|src)\s*=\s*(?!\s*["']#)/i, "refers to something outside itself"],
  [/url\s*\((?!\s*["']?#)/i, "refers to something outside itself"],
  [/@import|@font-face|image-set|javascript:|expression\s*\(/i, "refers to something outside itself"],
];

function problemOfSvg(text: string): string | null {
  for (const [, element = ""] of text.matchAll(/<\/?\s*([^\s<>/!?-][^\s<>/]*)/g))
    if (!SVG_ELEMENTS.has(element))
      return `has the element <${element.slice(0, 40)}>: only shapes, text and gradients are allowed`;
  return SVG_FAULTS.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}
