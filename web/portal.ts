/**
 * Loaded by every page of the portals. It is small, and the pages also work without it. It looks for the attributes
 * that pages carry (`data-captcha`, `data-seal`, `data-meter` and so on) and loads the module for each.
 */
import { guardSubmits, onSubmit } from "./submits.ts";

const root = document.documentElement;
root.classList.remove("no-js");
root.classList.add("js");

// A page from the browser's history may show an outdated screen; the server knows the current one.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

document.querySelector<HTMLElement>(".problem")?.focus();
guardSubmits();

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-captcha]")) {
  const captcha = import("./captcha.ts").then(({ startCaptcha }) => startCaptcha(form));
  onSubmit(form, async () => (await captcha).finish());
}
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-seal]")) {
  // Without WebCrypto (old browsers, or plain HTTP) the server seals the password, and the audit says so.
  if (!isSecureContext) continue;
  const sealing = import("./seal-form.ts");
  onSubmit(form, async () => (await sealing).sealForm(form));
}
for (const input of all("input[data-show-texts]"))
  void import("./show-password.ts").then(({ addShowButton }) => addShowButton(input as HTMLInputElement));
for (const input of all("input[data-meter]"))
  input.addEventListener(
    "focus",
    () => void import("./meter.ts").then(({ startMeter }) => startMeter(input as HTMLInputElement)),
    { once: true },
  );
for (const button of all("button[data-available-at]"))
  void import("./countdown.ts").then(({ startCountdown }) => startCountdown(button as HTMLButtonElement));
for (const element of all("[data-waiting]"))
  void import("./waiting.ts").then(({ startWaiting }) => startWaiting(element));
for (const button of all("[data-print], [data-download]"))
  void import("./keep-page.ts").then(({ addKeepAction }) => addKeepAction(button));

// A field that had the focus before this script ran (autofocus) must start its meter as well.
document.activeElement?.dispatchEvent(new FocusEvent("focus"));

function all(selector: string): NodeListOf<HTMLElement> {
  return document.querySelectorAll<HTMLElement>(selector);
}
