/** Asks the server which keys to seal a form's passwords to. */
import { fetchWithin } from "./fetch-within.ts";
import { canSealX25519, type Draft, isDraft } from "./seal.ts";

const TIMEOUT_MS = 20_000;

/**
 * Returns the draft, or the sentence to show when the server refuses; the sentence is empty when the server sends
 * none.
 */
export async function fetchDraft(form: HTMLFormElement, address: string): Promise<Draft | string> {
  const body = await postHidden(form, address, TIMEOUT_MS, {
    suite: (await canSealX25519()) ? "x25519" : "p256",
  });
  if (isDraft(body)) return body;
  const message: unknown = Reflect.get(Object(body), "message");
  return typeof message === "string" ? message : "";
}

/** Sends a form's hidden fields and `more`. Returns the body of the answer, whether it is a success or an error. */
export async function postHidden(
  form: HTMLFormElement,
  address: string,
  withinMs: number,
  more: Readonly<Record<string, string>>,
): Promise<unknown> {
  const hidden = [...form.querySelectorAll<HTMLInputElement>("input[type=hidden]")].filter(
    ({ name }) => name !== "sealed" && name !== "captcha",
  );
  const response = await fetchWithin(withinMs, address, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ ...Object.fromEntries(hidden.map(({ name, value }) => [name, value])), ...more }),
  });
  return response.json();
}
