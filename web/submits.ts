/** Allows one submission of a form at a time, after the tasks that must finish before it. */

/** Resolves to false when the form must not be sent; the task has then shown why. */
export type BeforeSubmit = () => Promise<boolean>;

const tasks = new WeakMap<HTMLFormElement, BeforeSubmit[]>();
const busy = new WeakSet<HTMLFormElement>();
/** Time after which a submission without an answer counts as stopped by the user, who may then try again. */
const STUCK_MS = 20_000;

/** Adds a task. Tasks run in the order they were added, but not for buttons with a `formaction` of their own. */
export function onSubmit(form: HTMLFormElement, task: BeforeSubmit): void {
  tasks.set(form, [...(tasks.get(form) ?? []), task]);
}

/** Ignores the second click of a double click. */
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
  // submit() does not send the name of the pressed button.
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
