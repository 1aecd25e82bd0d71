/** Undefined for what is not JSON: every schema refuses that, so one check sees both faults. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
