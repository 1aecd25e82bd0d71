/**
 * What every page of the portals loads: small, and everything works without it. It looks for the attributes that pages carry
 * (`data-captcha`, `data-seal`, `data-meter`, …) and fetches the part that serves each.
 */
import { guardSubmits, onSubmit } from "./submits.ts";

const root = document.documentElement;
root.classList.remove("no-js");
root.classList.add("js");

// A page from the history may show a screen that is over; the server knows which one is right.
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
  // Without WebCrypto (an old browser, or plain http) the server seals, and the audit says so.
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

// Focus that came before this script did (autofocus) starts what focus starts.
document.activeElement?.dispatchEvent(new FocusEvent("focus"));

function all(selector: string): NodeListOf<HTMLElement> {
  return document.querySelectorAll<HTMLElement>(selector);
}
