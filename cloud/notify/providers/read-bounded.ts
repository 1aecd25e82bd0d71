const MAX_ANSWER_BYTES = 64 * 1024;

/** Reads the text of a provider's answer, and no more of it than any provider has to say. */
export async function readBounded(response: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER_BYTES) break;
  }
  return text;
}
