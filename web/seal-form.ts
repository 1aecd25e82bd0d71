/**
 * Seals the passwords of a form to the agents before the form is sent: the server receives ciphertexts that only they
 * can open. The password fields are emptied and not sent.
 */
import { MAX_PASSWORD_UNITS } from "../shared/sealing/password-plaintext.ts";
import { fetchDraft } from "./fetch-draft.ts";
import { clearProblems, showFieldError, showProblem } from "./problems.ts";
import { sealForEach } from "./seal.ts";
import { textsOf } from "./texts.ts";

/** Resolves to true when the form is sealed and may be sent. */
export async function sealForm(form: HTMLFormElement): Promise<boolean> {
  const texts = textsOf(form, "sealTexts");
  const fields = (form.dataset["sealFields"] ?? "").split(",").map((name) => inputOf(form, name));
  const repeated =
    form.dataset["sealRepeat"] === undefined ? null : inputOf(form, form.dataset["sealRepeat"]);
  clearProblems(form);

  const wrong =
    fields.map((input) => ({ input, key: problemOf(input.value) })).find(({ key }) => key !== null) ??
    // The server cannot compare sealed passwords.
    (repeated !== null && repeated.value !== fields.at(-1)?.value
      ? { input: repeated, key: "differ" }
      : null);
  if (wrong !== null) {
    showFieldError(wrong.input, texts(wrong.key ?? ""));
    return false;
  }

  try {
    if (form.dataset["signIn"] !== undefined) {
      const { signInFirst } = await import("./sign-in-first.ts");
      const refused = await signInFirst(form, fields[0]?.value ?? "");
      if (refused === "again") return false; // the page is being reloaded
      if (refused !== null) {
        showProblem(form, refused || texts("failed"));
        return false;
      }
    }
    const draft = await fetchDraft(form, form.dataset["seal"] ?? "");
    if (typeof draft === "string") {
      showProblem(form, draft || texts("failed"));
      return false;
    }
    const values = fields.map((input) => input.value);
    const sealed = await sealForEach(draft, passwordsOf(values));
    inputOf(form, "sealed").value = JSON.stringify({ order: draft.order, token: draft.token, sealed });
  } catch {
    showProblem(form, texts("failed"));
    return false;
  }
  for (const input of repeated === null ? fields : [...fields, repeated]) {
    input.type = "password";
    input.value = "";
    input.disabled = true;
  }
  return true;
}

const inputOf = (form: HTMLFormElement, name: string): HTMLInputElement =>
  form.elements.namedItem(name) as HTMLInputElement;

function problemOf(password: string): "empty" | "too_long" | null {
  if (password === "") return "empty";
  return password.length > MAX_PASSWORD_UNITS ? "too_long" : null;
}

/** Puts the new password first, as a seal needs it. The form has the old one first. */
function passwordsOf(values: readonly string[]): readonly [string, string] {
  return values.length === 1 ? [values[0] ?? "", ""] : [values[1] ?? "", values[0] ?? ""];
}
