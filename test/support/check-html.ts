/** Finds faults of a page: tags that do not match, doubled ids, references that lead nowhere, fields without a label. */

const VOID = new Set(["meta", "link", "input", "br", "hr", "img"]);
const TAG = /<(\/?)([a-z][a-z0-9]*)((?:[^>"']|"[^"]*"|'[^']*')*)>/gi;
const ATTRIBUTE = /\s([a-z-]+)(?:="([^"]*)")?/gi;

interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

export function problemsOfHtml(page: string): string[] {
  const problems: string[] = [];
  const open: string[] = [];
  const tags: Tag[] = [];
  if (!page.startsWith("<!doctype html>")) problems.push("no doctype");
  for (const [, slash, name = "", rest = ""] of page.replace(/^<!doctype html>/, "").matchAll(TAG)) {
    if (slash === "/") {
      const expected = open.pop();
      if (expected !== name) problems.push(`</${name}> where </${String(expected)}> is expected`);
      continue;
    }
    const found = [...rest.matchAll(ATTRIBUTE)];
    const names = found.map(([, attribute = ""]) => attribute);
    if (new Set(names).size < names.length)
      problems.push(`<${name}> has an attribute twice: ${names.join(" ")}`);
    if (rest.replace(ATTRIBUTE, "").replace(/[\s/]/g, "") !== "")
      problems.push(`<${name}${rest}> does not parse`);
    if (names.some((attribute) => attribute.startsWith("on") || attribute === "style"))
      problems.push(`<${name}> has a script or style of its own`);
    tags.push({ name, attributes: new Map(found.map(([, key = "", value = ""]) => [key, value])) });
    if (!VOID.has(name)) open.push(name);
  }
  if (open.length > 0) problems.push(`not closed: ${open.join(" ")}`);
  return [...problems, ...problemsOfReferences(tags), ...problemsOfStructure(tags)];
}

function problemsOfReferences(tags: readonly Tag[]): string[] {
  const ids = tags.map(({ attributes }) => attributes.get("id")).filter((id) => id !== undefined);
  const labels = new Set(tags.map(({ attributes }) => attributes.get("for")));
  const doubled = ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `id ${id} twice`);
  const lost = tags.flatMap(({ name, attributes }) =>
    ["for", "aria-describedby", "aria-labelledby"]
      .flatMap((attribute) => attributes.get(attribute)?.split(" ") ?? [])
      .filter((id) => !ids.includes(id))
      .map((id) => `<${name}> refers to ${id}, which is not there`),
  );
  const unlabelled = tags
    .filter(({ name, attributes }) => {
      const type = attributes.get("type") ?? "text";
      const isField =
        name === "textarea" || (name === "input" && !["hidden", "radio", "checkbox"].includes(type));
      return isField && !attributes.has("aria-hidden") && !labels.has(attributes.get("id"));
    })
    .map(({ attributes }) => `field ${attributes.get("name") ?? "?"} has no label`);
  return [...doubled, ...lost, ...unlabelled];
}

function problemsOfStructure(tags: readonly Tag[]): string[] {
  const count = (name: string): number => tags.filter((tag) => tag.name === name).length;
  const primary = tags.filter(({ attributes }) => attributes.get("class") === "button").length;
  return [
    ...["html", "head", "title", "body", "main", "h1"]
      .filter((name) => count(name) !== 1)
      .map((name) => `${count(name)} of <${name}>`),
    ...(primary > 1 ? [`${primary} primary buttons`] : []),
  ];
}
