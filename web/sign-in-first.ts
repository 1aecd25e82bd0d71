/**
 * Changes the password of a user who is not signed in yet. The old password is typed once: it is sealed to sign in,
 * and after that sealed again together with the new one. Until then it exists only in its field.
 */
import { fetchDraft, postHidden } from "./fetch-draft.ts";
import { sealForEach } from "./seal.ts";

/** Leaves time for the directory to answer. */
const TIMEOUT_MS = 40_000;

/**
 * Null: signed in, so the form can be sealed and sent. "again": the page reloads and shows why. Otherwise the
 * sentence to show.
 */
export async function signInFirst(form: HTMLFormElement, password: string): Promise<string | null> {
  const { signIn = "", signInDraft = "", signedInAction = "" } = form.dataset;
  const draft = await fetchDraft(form, signInDraft);
  if (typeof draft === "string") return draft;
  const { order, token } = draft;
  const sealed = JSON.stringify({ order, token, sealed: await sealForEach(draft, [password, ""]) });
  const answer = await postHidden(form, signIn, TIMEOUT_MS, { sealed }).catch(() => null);
  const { signedIn, csrf, version } = Object(answer) as Partial<Record<string, unknown>>;
  // Whatever the result, the form on the page now belongs to an earlier screen.
  if (signedIn !== true || typeof csrf !== "string" || typeof version !== "string") {
    location.replace(location.pathname);
    return "again";
  }
  setHidden(form, "csrf", csrf);
  setHidden(form, "version", version);
  form.action = signedInAction;
  delete form.dataset["signIn"];
  return null;
}

function setHidden(form: HTMLFormElement, name: string, value: string): void {
  (form.elements.namedItem(name) as HTMLInputElement).value = value;
}
