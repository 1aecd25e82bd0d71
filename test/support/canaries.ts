/** Searches for values that must not be stored anywhere, in every encoding in which they might have been written. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The values by name. */
export type Canaries = Readonly<Record<string, string>>;

/** A value `what` that was found in `where`, and its encoding. */
export interface Sighting {
  readonly what: string;
  readonly form: string;
  readonly where: string;
}

export function findCanaries(canaries: Canaries, where: string, content: Buffer): Sighting[] {
  // Hex is compared in lowercase, other encodings as they are.
  const small = Buffer.from(content.toString("latin1").toLowerCase(), "latin1");
  return Object.entries(canaries).flatMap(([what, value]) =>
    formsOf(value)
      .filter(([form, bytes]) => (form.startsWith("hex") ? small : content).includes(bytes))
      .map(([form]) => ({ what, form, where })),
  );
}

/** Lists every regular file below `path` that `skip` does not name. */
export async function findCanariesInFiles(
  canaries: Canaries,
  path: string,
  skip: readonly string[] = [],
): Promise<{ readonly sightings: Sighting[]; readonly files: string[] }> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !skip.includes(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  const sightings: Sighting[] = [];
  for (const file of files) sightings.push(...findCanaries(canaries, file, await readFile(file)));
  return { sightings, files };
}

/** Exported for the test that the search finds values. */
export function formsOf(value: string): [form: string, bytes: Buffer][] {
  const quoted = JSON.stringify(value).slice(1, -1);
  const forms: [string, string | Buffer][] = [
    ["utf-8", value],
    ["json", quoted],
    ["percent", encodeURIComponent(value)],
  ];
  for (const encoding of ["utf8", "utf16le"] as const) {
    const bytes = Buffer.from(value, encoding);
    forms.push([`hex of ${encoding}`, bytes.toString("hex")]);
    if (encoding === "utf16le") forms.push(["utf-16le", bytes]);
    for (const offset of [0, 1, 2]) {
      const text = base64Within(bytes, offset);
      forms.push([`base64 of ${encoding} at ${offset}`, text]);
      forms.push([`base64url of ${encoding} at ${offset}`, text.replaceAll("+", "-").replaceAll("/", "_")]);
    }
  }
  return forms.map(([form, text]) => [form, Buffer.from(text)]);
}

/** Returns the base64 digits that depend only on these bytes, when `offset` bytes (modulo 3) precede them. */
function base64Within(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
}
