/** One submission of a form at a time, and what has to be done before it goes. */

/** False: the form stays; what is wrong has been said on the page. */
export type BeforeSubmit = () => Promise<boolean>;

const tasks = new WeakMap<HTMLFormElement, BeforeSubmit[]>();
const busy = new WeakSet<HTMLFormElement>();
/** A submission that got no answer by now was stopped by the person, who may try again. */
const STUCK_MS = 20_000;

/** In the order they were added. Buttons with a `formaction` of their own do without. */
export function onSubmit(form: HTMLFormElement, task: BeforeSubmit): void {
  tasks.set(form, [...(tasks.get(form) ?? []), task]);
}

/** The second click of a double click does nothing. */
export function guardSubmits(): void {
  addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (busy.has(form)) {
      event.preventDefault();
      return;
    }
    setBusy(form, true);
    const before = tasks.get(form);
    if (before === undefined || event.submitter?.hasAttribute("formaction")) {
      setTimeout(() => setBusy(form, false), STUCK_MS);
      return;
    }
    event.preventDefault();
    void run(form, event.submitter, before);
  });
}

async function run(
  form: HTMLFormElement,
  submitter: HTMLElement | null,
  before: readonly BeforeSubmit[],
): Promise<void> {
  for (const task of before) {
    const goOn = await task().catch(() => false);
    if (!goOn) {
      setBusy(form, false);
      return;
    }
  }
  // submit() knows of no button.
  if (submitter instanceof HTMLButtonElement && submitter.name !== "") {
    const pressed = document.createElement("input");
    pressed.type = "hidden";
    pressed.name = submitter.name;
    pressed.value = submitter.value;
    form.append(pressed);
  }
  form.submit();
  setTimeout(() => setBusy(form, false), STUCK_MS);
}

function setBusy(form: HTMLFormElement, isBusy: boolean): void {
  if (isBusy) busy.add(form);
  else busy.delete(form);
  form.setAttribute("aria-busy", String(isBusy));
}
