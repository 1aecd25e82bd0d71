/**
 * For a change of password by somebody who is not signed in: the old password is typed once, sealed to sign in with, and sealed
 * again together with the new one when that worked. Until then it is nowhere but in its field.
 */
import { fetchDraft, postHidden } from "./fetch-draft.ts";
import { sealForEach } from "./seal.ts";

/** The directory may take its time. */
const TIMEOUT_MS = 40_000;

/** Null: signed in, the form can be sealed and sent. "again": the page is loaded anew, and says why. Otherwise what to say. */
export async function signInFirst(form: HTMLFormElement, password: string): Promise<string | null> {
  const { signIn = "", signInDraft = "", signedInAction = "" } = form.dataset;
  const draft = await fetchDraft(form, signInDraft);
  if (typeof draft === "string") return draft;
  const { order, token } = draft;
  const sealed = JSON.stringify({ order, token, sealed: await sealForEach(draft, [password, ""]) });
  const answer = await postHidden(form, signIn, TIMEOUT_MS, { sealed }).catch(() => null);
  const { signedIn, csrf, version } = Object(answer) as Partial<Record<string, unknown>>;
  // After this the form on the page is of an earlier screen, whatever came of it.
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
