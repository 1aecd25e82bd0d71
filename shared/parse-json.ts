/** Returns undefined for text that is not JSON. Every schema refuses undefined, so the caller needs only one check. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
