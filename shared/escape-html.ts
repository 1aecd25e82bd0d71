const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};
// Control characters and lone surrogates have no place in a page: some browsers drop them or read them as the end of markup.
const UNSAFE = /[&<>"'`\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\p{Surrogate}/gu;

/** Matches what may need escaping. Without the flag `u` this is four times as fast, and most texts need nothing. */
const SUSPECT = /[&<>"'`\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ud800-\udfff]/;

/** Escapes text for use in HTML, between tags and in quoted attributes. */
export const escapeHtml = (text: string): string =>
  SUSPECT.test(text) ? text.replace(UNSAFE, (character) => ENTITIES[character] ?? "\ufffd") : text;
