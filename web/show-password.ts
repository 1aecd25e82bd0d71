/** Adds a button that shows the content of a password field. */
import { textsOf } from "./texts.ts";

export function addShowButton(input: HTMLInputElement): void {
  const texts = textsOf(input, "showTexts");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "show-password";
  button.setAttribute("aria-controls", input.id);

  const show = (isShown: boolean): void => {
    input.type = isShown ? "text" : "password";
    button.textContent = texts(isShown ? "hide" : "show");
    button.setAttribute("aria-label", texts(isShown ? "hideLabel" : "showLabel"));
  };
  show(false);
  button.addEventListener("click", () => show(input.type === "password"));
  // Browsers remember what is typed into text fields, so the field is a password field again before the form is sent.
  input.autocapitalize = "off";
  input.spellcheck = false;
  input.form?.addEventListener("submit", () => show(false));

  const row = document.createElement("span");
  row.className = "with-button";
  const hadFocus = document.activeElement === input;
  input.replaceWith(row);
  row.append(input, button);
  if (hadFocus) input.focus(); // moving the input removed the focus
}
